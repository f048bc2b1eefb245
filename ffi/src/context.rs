//! Roles that live in the caller's memory, or in a box behind a handle.
#![allow(unsafe_code)] // raw memory of the caller

use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};

use meter_link::Misuse;
use zeroize::Zeroize;

use crate::guard::Failure;
use crate::status::wattsum_status::{
    WATTSUM_MISUSE_BAD_CONTEXT, WATTSUM_MISUSE_BUSY, WATTSUM_MISUSE_MISALIGNED, WATTSUM_MISUSE_NULL,
};

/// What lives in a context, told apart by a number.
pub(crate) trait Kind {
    /// Any number that no other kind has, and that memory hardly holds by chance.
    const MAGIC: u32;
}

/// A role and how to recognise that it is there. Nothing behind `mark` and `home` is looked at before both are right,
/// so that memory which was never made, was freed, or was moved (the role's pointers would still lead to the old
/// place) is refused and not used.
#[repr(C)]
pub(crate) struct Context<T> {
    mark: u32,
    /// Bytes from here to the end of the last room.
    len: u32,
    home: usize,
    role: T,
}

/// In a call.
const BUSY: u32 = 0xb5_5b_b5_5b;
/// Left behind by a panic: to be ended, and nothing else.
const LOST: u32 = 0x10_57_10_57;

/// Marks a context lost if it is dropped: by a panic that unwinds, since all else forgets it.
struct Entered(*mut u32);

impl Drop for Entered {
    fn drop(&mut self) {
        // SAFETY: `enter` made this from the mark of a context that nobody else uses.
        unsafe { self.0.write_volatile(LOST) }
    }
}

impl<T: Kind> Context<T> {
    /// Puts a role into memory, without rooms.
    ///
    /// # Safety
    /// `at` is aligned and points to memory for a context that nobody else uses.
    pub(crate) unsafe fn settle(at: *mut Self, role: T) {
        const { assert!(size_of::<Self>() < 1 << 31) };
        #[allow(clippy::cast_possible_truncation)] // as just seen
        let len = size_of::<Self>() as u32;
        // SAFETY: our caller's promise.
        unsafe { Self::settle_with(at, role, len) }
    }

    /// Puts a role into memory whose first `len` bytes are the context and its rooms.
    ///
    /// # Safety
    /// As [`Context::settle`]; the `len` bytes are the role's as long as it lives.
    pub(crate) unsafe fn settle_with(at: *mut Self, role: T, len: u32) {
        // SAFETY: our caller's promise.
        unsafe { at.write(Context { mark: T::MAGIC, len, home: at.addr(), role }) }
    }

    /// Where context and rooms lie, as addresses; as far as one can see, where nothing is settled.
    ///
    /// # Safety
    /// As [`Context::check`].
    pub(crate) unsafe fn span(at: *const Self) -> (usize, usize) {
        // SAFETY: our caller's promise.
        let len = match unsafe { Self::check(at) } {
            // SAFETY: the check has read what stands beside the length.
            Ok(()) => unsafe { (&raw const (*at).len).read() as usize },
            Err(_) => size_of::<Self>(),
        };
        (at.addr(), at.addr().saturating_add(len))
    }

    /// Whether a role is there. It may not be in use.
    ///
    /// # Safety
    /// `at` is NULL or points to memory of a context's size, whatever is in it.
    unsafe fn check(at: *const Self) -> Result<(), Failure> {
        if at.is_null() {
            return Err(WATTSUM_MISUSE_NULL.into());
        }
        if !at.is_aligned() {
            return Err(WATTSUM_MISUSE_MISALIGNED.into());
        }
        // SAFETY: aligned and of sufficient size; any bytes are a u32 and a usize.
        let (mark, home) = unsafe { ((&raw const (*at).mark).read(), (&raw const (*at).home).read()) };
        if home == at.addr() && mark == T::MAGIC {
            Ok(())
        } else if home == at.addr() && (mark == BUSY || mark == LOST) {
            Err(WATTSUM_MISUSE_BUSY.into())
        } else {
            Err(WATTSUM_MISUSE_BAD_CONTEXT.into())
        }
    }

    /// Works on a role. It is marked busy meanwhile: a call from an interrupt is refused, and after a panic the role
    /// stays so.
    ///
    /// # Safety
    /// As [`Context::check`]; no other thread uses the context.
    pub(crate) unsafe fn enter<R>(
        at: *mut Self,
        act: impl FnOnce(&mut T) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        // SAFETY: our caller's promise.
        unsafe { Self::check(at) }?;
        // SAFETY: the mark says that a role was settled here and has not been freed. It is valid to write through
        // `at`, and the mark keeps everybody else out while the role is borrowed.
        unsafe {
            let mark = &raw mut (*at).mark;
            mark.write_volatile(BUSY);
            let entered = Entered(mark);
            let result = act(&mut (*at).role);
            core::mem::forget(entered);
            mark.write_volatile(T::MAGIC);
            result
        }
    }

    /// Ends a role, also one that a panic has left behind, and wipes it with its rooms. What it was in is the caller's
    /// again.
    ///
    /// # Safety
    /// As [`Context::enter`].
    pub(crate) unsafe fn leave(at: *mut Self) -> Result<(), Failure> {
        // SAFETY: our caller's promise.
        unsafe { Self::check(at) }.or_else(|failure| unsafe { Self::check_lost(at, failure) })?;
        // SAFETY: as in `enter`; the role is not used again, since its mark is gone first. A panic has left it in some
        // state of its type, which may be dropped.
        unsafe {
            let len = (&raw const (*at).len).read() as usize;
            (&raw mut (*at).mark).write_volatile(0);
            ptr::drop_in_place(&raw mut (*at).role);
            wipe(at.cast(), len);
        }
        Ok(())
    }

    /// Looks at a role that does not change. It is not marked busy, so that several threads may do so at once.
    ///
    /// # Safety
    /// As [`Context::check`]; nobody ends the role meanwhile, and nobody enters it, ever.
    #[cfg(all(feature = "std", feature = "elgamal"))]
    pub(crate) unsafe fn look<R>(
        at: *const Self,
        act: impl FnOnce(&T) -> Result<R, Failure>,
    ) -> Result<R, Failure>
    where
        T: Sync,
    {
        // SAFETY: our caller's promise.
        unsafe { Self::check(at) }?;
        // SAFETY: the mark says that a role was settled here and has not been freed; nobody changes it.
        act(unsafe { &(*at).role })
    }

    /// Takes a role out of its memory, which is wiped and holds none afterwards.
    ///
    /// # Safety
    /// As [`Context::enter`], which has just succeeded here.
    #[cfg(feature = "elgamal")]
    pub(crate) unsafe fn take(at: *mut Self) -> T {
        // SAFETY: there is a role, and it is read once, since its mark is gone first.
        unsafe {
            let len = (&raw const (*at).len).read() as usize;
            (&raw mut (*at).mark).write_volatile(0);
            let role = (&raw const (*at).role).read();
            wipe(at.cast(), len);
            role
        }
    }

    /// Whether what [`Context::check`] refused was left behind by a panic.
    ///
    /// # Safety
    /// `check` was called for `at`.
    unsafe fn check_lost(at: *const Self, failure: Failure) -> Result<(), Failure> {
        let busy = failure == WATTSUM_MISUSE_BUSY.into();
        // SAFETY: a busy context was looked at by `check`, so it can be read.
        if busy && unsafe { (&raw const (*at).mark).read() } == LOST { Ok(()) } else { Err(failure) }
    }
}

/// Zeros in place of whatever is there.
///
/// # Safety
/// `at` points to `len` bytes, and no value in them is used any more.
unsafe fn wipe(at: *mut u8, len: usize) {
    // SAFETY: our caller's promise; any bytes are `MaybeUninit`.
    unsafe { core::slice::from_raw_parts_mut(at.cast::<MaybeUninit<u8>>(), len) }.zeroize();
}

#[cfg(feature = "std")]
impl<T: Kind> Context<T> {
    /// A role behind a handle.
    pub(crate) fn boxed(role: T) -> *mut Self {
        let at = std::boxed::Box::into_raw(std::boxed::Box::<Self>::new_uninit()).cast::<Self>();
        // SAFETY: fresh memory of the right size and alignment.
        unsafe { Self::settle(at, role) };
        at
    }

    /// Ends a role behind a handle. NULL is no handle and no error, as with free().
    ///
    /// # Safety
    /// `at` is NULL or came from [`Context::boxed`] and was not freed.
    pub(crate) unsafe fn unbox(at: *mut Self) -> Result<(), Failure> {
        if at.is_null() {
            return Ok(());
        }
        // SAFETY: our caller's promise; `leave` has ended the role, so only the memory is left to give back.
        unsafe {
            Self::leave(at)?;
            drop(std::boxed::Box::from_raw(at.cast::<MaybeUninit<Self>>()));
        }
        Ok(())
    }
}

/// Places of one type in the caller's memory, owned: they are dropped, hence wiped, with it.
#[allow(dead_code)] // meters of elgamal have none
pub(crate) struct Room<T> {
    first: NonNull<T>,
    count: usize,
}

#[allow(dead_code)] // as above
impl<T: Default> Room<T> {
    /// `count` fresh values.
    ///
    /// # Safety
    /// `first` is aligned and points to memory for `count` values that stays for the room's life, and that nobody
    /// else uses.
    unsafe fn new(first: NonNull<T>, count: usize) -> Self {
        for index in 0..count {
            // SAFETY: within the memory promised.
            unsafe { first.add(index).write(T::default()) };
        }
        Room { first, count }
    }
}

impl<T> AsRef<[T]> for Room<T> {
    fn as_ref(&self) -> &[T] {
        // SAFETY: `new` has written all values, and the room is their only owner.
        unsafe { core::slice::from_raw_parts(self.first.as_ptr(), self.count) }
    }
}

impl<T> AsMut<[T]> for Room<T> {
    fn as_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and the room is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(self.first.as_ptr(), self.count) }
    }
}

impl<T> Drop for Room<T> {
    fn drop(&mut self) {
        // SAFETY: as above; nobody uses the values afterwards.
        unsafe { ptr::drop_in_place(ptr::slice_from_raw_parts_mut(self.first.as_ptr(), self.count)) }
    }
}

/// Memory of the caller that is being divided: a context first, then rooms.
pub(crate) struct Memory {
    next: NonNull<u8>,
    used: usize,
    left: usize,
}

/// Alignment of every context, that of a uint64_t.
pub(crate) const ALIGN: usize = 8;

impl Memory {
    /// Wipes it all: if no role comes to live here after all, nothing of an earlier one may be left, neither its keys
    /// nor the mark that vouches for them.
    ///
    /// # Safety
    /// `at` is NULL or points to `size` bytes that nobody else uses while a role lives in them.
    pub(crate) unsafe fn new(at: *mut u8, size: usize) -> Result<Self, Failure> {
        let next = NonNull::new(at).ok_or(WATTSUM_MISUSE_NULL)?;
        if !at.addr().is_multiple_of(ALIGN) {
            return Err(WATTSUM_MISUSE_MISALIGNED.into());
        }
        if size > isize::MAX.unsigned_abs() {
            return Err(Misuse::WrongLength.into());
        }
        // SAFETY: our caller's promise.
        unsafe { wipe(at, size) };
        Ok(Memory { next, used: 0, left: size })
    }

    /// Room for a context.
    pub(crate) fn context<T>(&mut self) -> Result<*mut Context<T>, Failure> {
        const { assert!(align_of::<Context<T>>() <= ALIGN) };
        Ok(self.take::<Context<T>>(1)?.as_ptr())
    }

    /// Bytes that were taken.
    pub(crate) fn used(&self) -> Result<u32, Failure> {
        Ok(u32::try_from(self.used).map_err(|_| Misuse::WrongLength)?)
    }

    /// Room for `count` fresh values.
    #[allow(dead_code)] // as above
    pub(crate) fn room<T: Default>(&mut self, count: usize) -> Result<Room<T>, Failure> {
        let first = self.take(count)?;
        // SAFETY: just taken, so it is ours alone, and aligned, as `take` sees to.
        Ok(unsafe { Room::new(first, count) })
    }

    fn take<T>(&mut self, count: usize) -> Result<NonNull<T>, Failure> {
        let wrong = Misuse::WrongLength;
        // Contexts and rooms come in the order of falling alignment, so nothing is ever skipped.
        let size = size_of::<T>().checked_mul(count).ok_or(wrong)?;
        let first = self.next.cast::<T>();
        self.left = self.left.checked_sub(size).filter(|_| first.is_aligned()).ok_or(wrong)?;
        self.used = self.used.wrapping_add(size); // no more than the memory has
        // SAFETY: `size` bytes were left.
        self.next = unsafe { self.next.add(size) };
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::guard;
    use crate::status::wattsum_status::{self, WATTSUM_OK, WATTSUM_PANIC};
    use std::cell::Cell;

    struct Counter(u32);
    impl Kind for Counter {
        const MAGIC: u32 = 0x1234_5678;
    }

    struct Other;
    impl Kind for Other {
        const MAGIC: u32 = 0x8765_4321;
    }

    type Place = MaybeUninit<Context<Counter>>;

    /// Adds one through the border's functions.
    fn count(at: *mut Context<Counter>) -> wattsum_status {
        // SAFETY: tests give memory of a context's size.
        guard(|| unsafe {
            Context::enter(at, |counter| {
                counter.0 = counter.0.wrapping_add(1);
                Ok(())
            })
        })
    }

    #[test]
    fn only_a_settled_context_is_entered() {
        let mut place = Place::zeroed();
        let at = place.as_mut_ptr();
        assert_eq!(count(ptr::null_mut()), WATTSUM_MISUSE_NULL);
        assert_eq!(count(at.wrapping_byte_add(1)), WATTSUM_MISUSE_MISALIGNED);
        assert_eq!(count(at), WATTSUM_MISUSE_BAD_CONTEXT);
        // SAFETY: memory of the right size throughout.
        unsafe {
            Context::settle(at, Counter(0));
            assert_eq!(count(at), WATTSUM_OK);
            let mut moved = at.read();
            assert_eq!(count(&raw mut moved), WATTSUM_MISUSE_BAD_CONTEXT);
            let other: Result<(), Failure> = Context::enter(at.cast::<Context<Other>>(), |_| Ok(()));
            assert_eq!(other, Err(WATTSUM_MISUSE_BAD_CONTEXT.into()));
            assert_eq!(Context::leave(at), Ok(()));
            assert_eq!(Context::leave(at), Err(WATTSUM_MISUSE_BAD_CONTEXT.into()));
        }
        assert_eq!(count(at), WATTSUM_MISUSE_BAD_CONTEXT);
    }

    #[test]
    fn a_context_in_use_is_busy_and_after_a_panic_only_to_be_ended() {
        let at = Context::boxed(Counter(0));
        // SAFETY: a box of ours.
        unsafe {
            let nested = Context::enter(at, |_| Ok((count(at), Context::unbox(at)))).unwrap();
            assert_eq!(nested, (WATTSUM_MISUSE_BUSY, Err(WATTSUM_MISUSE_BUSY.into())));
            assert_eq!(count(at), WATTSUM_OK);
            let status = guard(|| Context::enter(at, |_| -> Result<(), Failure> { panic!("on purpose") }));
            assert_eq!(status, WATTSUM_PANIC);
            assert_eq!(count(at), WATTSUM_MISUSE_BUSY);
            assert_eq!(Context::unbox(at), Ok(()));
        }
    }

    std::thread_local!(static DROPPED: Cell<u32> = const { Cell::new(0) });

    #[derive(Default)]
    struct Secret(u64);
    impl Drop for Secret {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get().wrapping_add(1));
        }
    }

    #[test]
    fn rooms_are_within_the_memory_and_drop_what_is_in_them() {
        let mut words = [u64::MAX; 8];
        let at = words.as_mut_ptr().cast::<u8>();
        // SAFETY: the array outlives all that is put into it.
        let memory = |size| unsafe { Memory::new(at, size) }.unwrap();
        memory(24);
        assert_eq!(words, [0, 0, 0, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX]);
        assert!(memory(15).room::<Secret>(2).is_err());
        assert!(memory(64).room::<Secret>(usize::MAX).is_err());
        let mut exact = memory(16);
        let mut room = exact.room::<Secret>(2).unwrap();
        assert!(exact.room::<u8>(1).is_err());
        assert_eq!(exact.used(), Ok(16));
        room.as_mut()[1].0 = 5;
        assert_eq!(room.as_ref().iter().map(|s| s.0).sum::<u64>(), 5);
        drop(room);
        assert_eq!(DROPPED.get(), 2);
        assert_eq!(words, [0, 5, 0, 0, 0, 0, 0, 0]);
        // SAFETY: never used.
        let refused = unsafe { [Memory::new(ptr::null_mut(), 8), Memory::new(at.wrapping_add(4), 8)] };
        assert_eq!(refused[0].as_ref().err(), Some(&WATTSUM_MISUSE_NULL.into()));
        assert_eq!(refused[1].as_ref().err(), Some(&WATTSUM_MISUSE_MISALIGNED.into()));
    }
}
