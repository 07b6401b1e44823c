;; Behaves: connects the call to the client that was dialled. The answer is laid out by the canonical ABI: result, decision, one
;; verb, one target.
(import "libc" "memory" (memory 1))
(func (export "route") (param $call i32) (result i32)
  ;; ok(script([verb])): the verb lies at 1024.
  (i32.store8 (i32.const 512) (i32.const 0))
  (i32.store8 (i32.const 516) (i32.const 0))
  (i32.store (i32.const 520) (i32.const 1024))
  (i32.store (i32.const 524) (i32.const 1))
  ;; connect with one target, which lies at 2048; everything else is zero: simultaneous, none, none, no headers.
  (i32.store (i32.const 1028) (i32.const 2048))
  (i32.store (i32.const 1032) (i32.const 1))
  ;; client(callee)
  (i32.store (i32.const 2052) (i32.load (i32.add (local.get $call) (i32.const 40))))
  (i32.store (i32.const 2056) (i32.load (i32.add (local.get $call) (i32.const 44))))
  (i32.const 512))
