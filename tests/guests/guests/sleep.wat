;; Misbehaves: waits for an hour in a host call.
(import "libc" "memory" (memory 1))
(import "host" "subscribe" (func $subscribe (param i64) (result i32)))
(import "host" "block" (func $block (param i32)))
(func (export "route") (param $call i32) (result i32)
  (call $block (call $subscribe (i64.const 3600000000000)))
  unreachable)
