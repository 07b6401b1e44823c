//! The heap on ordinary memory: blocks never overlap, keep what is in them, and come back.

use super::*;

/// Chunks of 4 KiB or more that live as long as the test.
#[derive(Default)]
struct Chunks {
    chunks: Vec<Vec<u128>>,
    limit: usize,
}

impl Source for Chunks {
    fn more(&mut self, size: usize) -> Option<(*mut u8, usize)> {
        if self.chunks.len() == self.limit {
            return None;
        }
        let mut chunk = vec![0u128; size.div_ceil(16).max(256)];
        let (start, length) = (chunk.as_mut_ptr().cast(), chunk.len() * 16);
        self.chunks.push(chunk);
        Some((start, length))
    }
}

fn heap(limit: usize) -> Heap<Chunks> {
    Heap::new(Chunks {
        limit,
        ..Chunks::default()
    })
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// A block and the byte that fills it.
struct Held {
    block: *mut u8,
    layout: Layout,
    mark: u8,
}

impl Held {
    fn check(&self, size: usize) {
        // SAFETY: the block is held and at least this large.
        let bytes = unsafe { std::slice::from_raw_parts(self.block, size) };
        assert!(
            bytes.iter().all(|byte| *byte == self.mark),
            "another block wrote into this one"
        );
    }

    fn fill(&mut self, mark: u8) {
        self.mark = mark;
        // SAFETY: as above.
        unsafe { self.block.write_bytes(mark, self.layout.size()) };
    }
}

#[test]
fn blocks_never_overlap_and_keep_their_content() {
    let mut heap = heap(usize::MAX);
    let mut held: Vec<Held> = Vec::new();
    let mut chance = 1_u64;
    let mut random = |below: usize| {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (chance >> 33) as usize % below
    };
    for step in 0..20_000 {
        match random(3) {
            0 if !held.is_empty() => {
                let gone = held.swap_remove(random(held.len()));
                gone.check(gone.layout.size());
                // SAFETY: it was handed out for this layout and is not used again.
                unsafe { heap.dealloc(gone.block, gone.layout) };
            }
            1 if !held.is_empty() => {
                let at = random(held.len());
                let one = &mut held[at];
                let size = random(3_000) + 1;
                // SAFETY: as above.
                one.block = unsafe { heap.realloc(one.block, one.layout, size) };
                one.check(size.min(one.layout.size()));
                one.layout = layout(size, one.layout.align());
                one.fill(step as u8);
            }
            _ if held.len() < 200 => {
                let layout = layout(random(3_000) + 1, 1 << random(9));
                let block = heap.alloc(layout);
                assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
                let mut one = Held {
                    block,
                    layout,
                    mark: 0,
                };
                one.fill(step as u8);
                held.push(one);
            }
            _ => {}
        }
    }
    held.iter().for_each(|one| one.check(one.layout.size()));
}

#[test]
fn freed_blocks_are_used_again() {
    let mut heap = heap(1);
    let first = heap.alloc(layout(100, 1));
    for _ in 0..10_000 {
        let block = heap.alloc(layout(120, 8));
        // SAFETY: it was handed out for this layout and is not used again.
        unsafe { heap.dealloc(block, layout(120, 8)) };
        assert!(!block.is_null() && block != first);
    }
}

#[test]
fn a_block_that_still_fits_stays_where_it_is() {
    let mut heap = heap(1);
    let block = heap.alloc(layout(65, 1));
    // SAFETY: it was handed out for the layout given.
    unsafe {
        assert_eq!(heap.realloc(block, layout(65, 1), 128), block);
        assert_ne!(heap.realloc(block, layout(128, 1), 129), block);
    }
}

#[test]
fn without_memory_there_is_no_block_and_the_old_one_stays() {
    let mut heap = heap(1);
    let block = heap.alloc(layout(4, 1));
    assert!(heap.alloc(layout(1 << 20, 1)).is_null());
    // SAFETY: it was handed out for this layout.
    assert!(unsafe { heap.realloc(block, layout(4, 1), 1 << 20) }.is_null());
    // SAFETY: it was handed out for this layout and is not used again.
    unsafe { heap.dealloc(block, layout(4, 1)) };
    assert_eq!(heap.alloc(layout(4, 1)), block);
}
