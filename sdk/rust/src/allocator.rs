//! The memory of a plugin. Every call gets a fresh instance, so what counts is the first microseconds: memory that is there
//! from the start (growing it costs the switch a system call), used from one end so that few pages are touched, and no
//! bookkeeping to set up. Freed blocks are used again, so an instance that lives on does not leak.
//!
//! Blocks are powers of two, with a list of free ones for each size. The feature `allocator` (on by default) chooses it.
#![allow(unsafe_code, reason = "an allocator hands out raw memory")]

use std::alloc::Layout;
use std::ptr;

/// The alignment of every block, and the smallest one.
const SMALLEST: usize = 16;
/// Sizes from 2^4 to 2^31.
const CLASSES: usize = 28;

/// Where memory comes from.
trait Source {
    /// The start of at least `size` new bytes, aligned to 16, and their number; `None` if there are no more.
    fn more(&mut self, size: usize) -> Option<(*mut u8, usize)>;
}

struct Heap<S> {
    source: S,
    /// The first byte that was never handed out, and how many follow it.
    next: *mut u8,
    left: usize,
    /// For each size the first free block; its first word leads to the next one.
    free: [*mut Free; CLASSES],
}

struct Free {
    next: *mut Free,
}

impl<S: Source> Heap<S> {
    const fn new(source: S) -> Heap<S> {
        Heap {
            source,
            next: ptr::null_mut(),
            left: 0,
            free: [ptr::null_mut(); CLASSES],
        }
    }

    fn alloc(&mut self, layout: Layout) -> *mut u8 {
        let Some(class) = class(layout) else {
            return ptr::null_mut();
        };
        let block = self.free[class];
        if block.is_null() || layout.align() > SMALLEST {
            return self.take(SMALLEST << class, layout.align());
        }
        // SAFETY: a block in a list was put there by `dealloc`, which wrote the link.
        self.free[class] = unsafe { (*block).next };
        block.cast()
    }

    /// # Safety
    /// The block was handed out for this layout and is not used any more.
    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        let Some(class) = class(layout) else { return };
        let block: *mut Free = block.cast();
        // SAFETY: the block is at least 16 bytes, aligned to 16, and the caller's to give away.
        unsafe {
            block.write(Free {
                next: self.free[class],
            })
        };
        self.free[class] = block;
    }

    /// # Safety
    /// As for `dealloc`, and the new size is not 0 and does not overflow with the alignment.
    unsafe fn realloc(&mut self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller guarantees that the size fits the alignment.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        if class(layout) == class(new_layout) {
            return block;
        }
        let new_block = self.alloc(new_layout);
        if !new_block.is_null() {
            // SAFETY: the new block is another one, and the smaller of both sizes lies within both.
            unsafe {
                ptr::copy_nonoverlapping(block, new_block, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
        }
        new_block
    }

    /// A block that was never handed out.
    fn take(&mut self, size: usize, align: usize) -> *mut u8 {
        let mut padding = self.next.addr().next_multiple_of(align) - self.next.addr();
        if self.left < size + padding {
            let Some((start, length)) = self.source.more(size + align) else {
                return ptr::null_mut();
            };
            // What was left over before is given up: it is less than what is asked for now.
            (self.next, self.left) = (start, length);
            padding = start.addr().next_multiple_of(align) - start.addr();
        }
        self.left -= size + padding;
        let block = self.next.wrapping_add(padding);
        self.next = block.wrapping_add(size);
        block
    }
}

/// The class of the smallest block that is large enough; `None` if there is none.
fn class(layout: Layout) -> Option<usize> {
    let size = layout.size().max(SMALLEST);
    let class = (usize::BITS - (size - 1).leading_zeros() - SMALLEST.ilog2()) as usize;
    (class < CLASSES).then_some(class)
}

#[cfg(target_family = "wasm")]
mod global {
    //! The heap of a component: an arena that lies in its first memory, then memory that grows.

    use std::alloc::{GlobalAlloc, Layout};
    use std::arch::wasm32;
    use std::cell::UnsafeCell;
    use std::ptr;

    use super::{Heap, Source};

    /// Memory that is there from the start. Pages that are never touched cost nothing.
    const ARENA_BYTES: usize = 256 << 10;
    const PAGE_BYTES: usize = 64 << 10;
    /// Each growth is a system call for the switch, so never a page alone.
    const LEAST_PAGES: usize = 16;

    #[global_allocator]
    static ALLOCATOR: Allocator =
        Allocator(UnsafeCell::new(Heap::new(Memory { arena_used: false })));

    static ARENA: Arena = Arena(UnsafeCell::new([0; ARENA_BYTES]));

    struct Allocator(UnsafeCell<Heap<Memory>>);

    struct Memory {
        arena_used: bool,
    }

    #[repr(align(16))]
    struct Arena(UnsafeCell<[u8; ARENA_BYTES]>);

    // SAFETY: a component has one thread.
    unsafe impl Sync for Allocator {}
    // SAFETY: as above; only `Memory` reads its address.
    unsafe impl Sync for Arena {}

    impl Source for Memory {
        fn more(&mut self, size: usize) -> Option<(*mut u8, usize)> {
            if !self.arena_used && size <= ARENA_BYTES {
                self.arena_used = true;
                return Some((ARENA.0.get().cast(), ARENA_BYTES));
            }
            let pages = size.div_ceil(PAGE_BYTES).max(LEAST_PAGES);
            let before = wasm32::memory_grow::<0>(pages);
            let start = ptr::with_exposed_provenance_mut(before.wrapping_mul(PAGE_BYTES));
            (before != usize::MAX).then_some((start, pages * PAGE_BYTES))
        }
    }

    // SAFETY: blocks come from the arena or from memory grown for them, are handed out once until they are freed, and are as
    // large and as aligned as asked for. The heap is borrowed for the length of one call, and there is one thread.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: see the implementation.
            unsafe { (*self.0.get()).alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: see the implementation.
            unsafe { (*self.0.get()).dealloc(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            // SAFETY: see the implementation.
            unsafe { (*self.0.get()).realloc(block, layout, new_size) }
        }
    }
}

#[cfg(test)]
#[path = "allocator_tests.rs"]
mod tests;
