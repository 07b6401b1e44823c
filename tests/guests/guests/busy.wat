;; Behaves: answers 486 to every call.
(import "libc" "memory" (memory 1))
(func (export "route") (param $call i32) (result i32)
  ;; ok(script([verb])): the verb lies at 1024.
  (i32.store (i32.const 520) (i32.const 1024))
  (i32.store (i32.const 524) (i32.const 1))
  ;; respond with status 486, no reason, no headers.
  (i32.store8 (i32.const 1024) (i32.const 1))
  (i32.store16 (i32.const 1028) (i32.const 486))
  (i32.const 512))
