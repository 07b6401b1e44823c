;; Misbehaves: takes memory until it is refused, then traps, as an allocator does.
(import "libc" "memory" (memory 1))
(func (export "route") (param $call i32) (result i32)
  (loop $more
    (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
  unreachable)
