/* wattsum: sums of meter readings, and nothing else. C library for gateway firmware and head ends.
 *
 * Made from the Rust source by cbindgen; do not edit.
 *
 * RULES OF ALL FUNCTIONS
 * - They return a status; 0 is good. Inputs come first, outputs last. Outputs are written only on success,
 *   `culprit` only where the status is a fault (3xx); `culprit` may be NULL, every other pointer may not, but for
 *   arrays of length 0. Outputs overlap neither each other nor a role nor, where nothing else is said, an input.
 * - Structs that hold secrets or roles are not copied or moved by the caller: a role whose memory has moved answers
 *   WATTSUM_MISUSE_BAD_CONTEXT. Roles of meters live in memory of the caller, without a heap; roles of the head end
 *   are behind handles, which a function named ..._free takes back.
 * - A role is used by one thread at a time; different roles may be used by different threads. A mark counts as a
 *   role: meters that share it are used by one thread at a time. There is no global state. A call for a role that is
 *   in another call, from an interrupt or a callback, answers WATTSUM_MISUSE_BUSY; between threads that is no lock.
 * - No panic crosses into C: with std it becomes WATTSUM_PANIC, in firmware it ends in wattsum_panicked(), which the
 *   firmware defines as `_Noreturn void wattsum_panicked(void)`. A role that has panicked can be freed, which wipes it;
 *   a mark that was in that call is made anew, and replays ALL records. Functions named ..._new wipe the memory that
 *   they are given, whatever is in it: they are not for interrupts that may hit a call of the role in it.
 * - ENTROPY is 32 fresh bytes of a cryptographic generator for each call. TIME is the caller's: `now` is the present
 *   round or Unix time by a clock that the utility cannot set.
 * - STORE FIRST, SEND THEN: functions that make a frame also make a record. The record is on stable storage before
 *   the frame leaves. Records are appended to logs: one of the device's mark, and one for each role, group and epoch.
 *   After a start, before anything else: replay ALL records of a log, and cut it back to whole valid records. Only the
 *   last may be bad, torn by a loss of power before its frame could leave; a bad record anywhere else means a damaged
 *   log: stop, do not skip it.
 */
