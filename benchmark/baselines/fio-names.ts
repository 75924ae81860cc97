export const FIO_LIBAIO = 'fio libaio';
export const FIO_PSYNC = 'fio psync';
