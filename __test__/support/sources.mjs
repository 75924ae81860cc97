// As --import=tsx, but in worker threads too, which take their parent's options.
import { register } from 'tsx/esm/api';

register();
