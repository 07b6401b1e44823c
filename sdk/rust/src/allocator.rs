//! The memory of a plugin. Every call gets a fresh instance, so what counts is the first microseconds: memory that is there
//! from the start (growing it costs a system call of the switch), used from one end so that few pages are touched, and no
//! bookkeeping to set up. Freed blocks are used again, so an instance that lives on does not leak.
//!
//! Blocks are powers of two, with a list of free ones for each size. The feature `allocator` (on by default) chooses it.
#![allow(unsafe_code, reason = "an allocator hands out raw memory")]

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32;
use std::cell::UnsafeCell;
use std::ptr;

/// Memory that is there from the start. Pages that are never touched cost nothing.
const ARENA_BYTES: usize = 256 << 10;
/// The alignment of every block, and the smallest one.
const SMALLEST: usize = 16;
/// Sizes from 2^4 to 2^31.
const CLASSES: usize = 28;
const PAGE_BYTES: usize = 64 << 10;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(State {
    next: 0,
    end: 0,
    free: [ptr::null_mut(); CLASSES],
}));

static ARENA: Arena = Arena(UnsafeCell::new([0; ARENA_BYTES]));

struct Allocator(UnsafeCell<State>);

#[repr(align(16))]
struct Arena(UnsafeCell<[u8; ARENA_BYTES]>);

struct State {
    /// The first byte that was never handed out; 0 before the first use.
    next: usize,
    /// The end of the memory that `next` moves through.
    end: usize,
    /// For each size the first free block; its first word leads to the next one.
    free: [*mut Free; CLASSES],
}

struct Free {
    next: *mut Free,
}

// SAFETY: a component has one thread.
unsafe impl Sync for Allocator {}
// SAFETY: as above; only `State::take` reads its address.
unsafe impl Sync for Arena {}

// SAFETY: blocks come from the arena or from memory grown for them and are handed out once until they are freed; each is at
// least as large and as aligned as asked for.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and no allocation happens within an allocation.
        let state = unsafe { &mut *self.0.get() };
        let Some(class) = class(layout) else {
            return ptr::null_mut();
        };
        let block = state.free[class];
        if block.is_null() || layout.align() > SMALLEST {
            return state.take(SMALLEST << class, layout.align());
        }
        // SAFETY: a block in a list was put there by `dealloc`, which wrote the link.
        state.free[class] = unsafe { (*block).next };
        block.cast()
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        let state = unsafe { &mut *self.0.get() };
        let Some(class) = class(layout) else { return };
        let block: *mut Free = block.cast();
        // SAFETY: the block is the caller's, at least 16 bytes, aligned to 16, and no longer used.
        unsafe {
            block.write(Free {
                next: state.free[class],
            })
        };
        state.free[class] = block;
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller guarantees that the size fits the alignment.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        if class(layout) == class(new_layout) {
            return block;
        }
        // SAFETY: the new block is another one, and the smaller of both sizes lies within both.
        unsafe {
            let new_block = self.alloc(new_layout);
            if !new_block.is_null() {
                ptr::copy_nonoverlapping(block, new_block, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
            new_block
        }
    }
}

impl State {
    #[cold]
    fn more(&mut self, size: usize) -> bool {
        if self.next == 0 {
            self.next = ARENA.0.get().addr();
            self.end = self.next + ARENA_BYTES;
            if size <= ARENA_BYTES {
                return true;
            }
        }
        // Each growth is a system call for the switch, so never a page alone.
        let pages = size.div_ceil(PAGE_BYTES).max(16);
        let before = wasm32::memory_grow::<0>(pages);
        if before == usize::MAX {
            return false;
        }
        let start = before * PAGE_BYTES;
        if start != self.end {
            self.next = start;
        }
        self.end = start + pages * PAGE_BYTES;
        true
    }

    fn take(&mut self, size: usize, align: usize) -> *mut u8 {
        loop {
            let start = self.next.next_multiple_of(align.max(SMALLEST));
            if self.next != 0 && self.end - self.next >= size + (start - self.next) {
                self.next = start + size;
                return ptr::with_exposed_provenance_mut(start);
            }
            if !self.more(size + align) {
                return ptr::null_mut();
            }
        }
    }
}

/// The class of the smallest block that is large enough; `None` if there is none.
fn class(layout: Layout) -> Option<usize> {
    let size = layout.size().max(SMALLEST);
    let class = (usize::BITS - (size - 1).leading_zeros()) as usize - SMALLEST.ilog2() as usize;
    (class < CLASSES).then_some(class)
}
