'use strict';

exports.binding = undefined;
exports.error = undefined;
try {
  // To try out what other platforms do.
  if (process.env.LINUX_AIO_ENGINE === 'none') throw new Error('LINUX_AIO_ENGINE is none');
  exports.binding = require('./binding.cjs');
} catch (error) {
  exports.error = error;
}
