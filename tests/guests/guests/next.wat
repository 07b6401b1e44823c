;; Behaves: leaves the decision to the next plugin, and hands on the variable `seen` with the caller as its value.
(import "libc" "memory" (memory 1))
(data (i32.const 64) "seen")
(func (export "route") (param $call i32) (result i32)
  ;; ok(next([variable])): the variable lies at 1024.
  (i32.store8 (i32.const 516) (i32.const 1))
  (i32.store (i32.const 520) (i32.const 1024))
  (i32.store (i32.const 524) (i32.const 1))
  (i32.store (i32.const 1024) (i32.const 64))
  (i32.store (i32.const 1028) (i32.const 4))
  (i32.store (i32.const 1032) (i32.load (i32.add (local.get $call) (i32.const 24))))
  (i32.store (i32.const 1036) (i32.load (i32.add (local.get $call) (i32.const 28))))
  (i32.const 512))
