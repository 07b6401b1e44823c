;; Misbehaves: answers nonsense. The last digit of the number that was dialled chooses which:
;; 1 a text that is no UTF-8; 2 a list far outside of its memory; 3 a verb that does not exist; 4 an empty script;
;; 5 a list that claims four billion verbs; anything else a response with status 42.
(import "libc" "memory" (memory 1))
(data (i32.const 64) "\ff\fe\fd\fc")
(func (export "route") (param $call i32) (result i32)
  (local $which i32)
  (local.set $which (i32.load8_u (i32.sub
    (i32.add (i32.load (i32.add (local.get $call) (i32.const 40))) (i32.load (i32.add (local.get $call) (i32.const 44))))
    (i32.const 1))))
  (i32.store (i32.const 520) (i32.const 1024))
  (i32.store (i32.const 524) (i32.const 1))
  (i32.store8 (i32.const 1024) (i32.const 1))
  (i32.store16 (i32.const 1028) (i32.const 42))
  (if (i32.eq (local.get $which) (i32.const 0x31)) (then
    ;; redial to a number of four bytes that are no text
    (i32.store8 (i32.const 1024) (i32.const 4))
    (i32.store (i32.const 1028) (i32.const 64))
    (i32.store (i32.const 1032) (i32.const 4))))
  (if (i32.eq (local.get $which) (i32.const 0x32)) (then
    (i32.store (i32.const 520) (i32.const 0x7ffffff0))))
  (if (i32.eq (local.get $which) (i32.const 0x33)) (then
    (i32.store8 (i32.const 1024) (i32.const 77))))
  (if (i32.eq (local.get $which) (i32.const 0x34)) (then
    (i32.store (i32.const 524) (i32.const 0))))
  (if (i32.eq (local.get $which) (i32.const 0x35)) (then
    (i32.store (i32.const 524) (i32.const -1))))
  (i32.const 512))
