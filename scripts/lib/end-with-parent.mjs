/**
 * Loaded before a child's own code (`node --import`): when the parent is gone, however it went, its end of the pipe on
 * standard input closes, and the child ends in order.
 */
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
process.stdin.unref?.();
