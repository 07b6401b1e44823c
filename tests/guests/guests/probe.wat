;; Shows what the host offers. The first letter of the number that was dialled chooses the import, the caller's number is its
;; argument, and what came of it is returned as the error text:
;; s settings.get, n settings.names, g state.get, p state.set (the value is the caller's name), d state.delete,
;; i state.increment by one, r directory.registered, c the first of directory.contacts, a directory.active-calls (one digit),
;; l log.write a hundred times, h the body of an http.fetch, H the same with a limit of 100 ms.
(import "libc" "memory" (memory 1))
(import "host" "log-write" (func $log-write (param i32 i32 i32)))
(import "host" "settings-get" (func $settings-get (param i32 i32 i32)))
(import "host" "settings-names" (func $settings-names (param i32 i32 i32)))
(import "host" "state-get" (func $state-get (param i32 i32 i32)))
(import "host" "state-set" (func $state-set (param i32 i32 i32 i32 i32 i32 i32)))
(import "host" "state-delete" (func $state-delete (param i32 i32) (result i32)))
(import "host" "state-increment" (func $state-increment (param i32 i32 i64 i32 i32 i32)))
(import "host" "registered" (func $registered (param i32 i32) (result i32)))
(import "host" "contacts" (func $contacts (param i32 i32 i32)))
(import "host" "active-calls" (func $active-calls (param i32 i32) (result i32)))
(import "host" "fetch" (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 64) "none")
(data (i32.const 80) "done")
(data (i32.const 96) "failed")
(data (i32.const 112) "0123456789")
(data (i32.const 128) "GET")
(data (i32.const 144) "timeout")
(data (i32.const 160) "too large")

;; err(text)
(func $say (param $text i32) (param $length i32) (result i32)
  (i32.store8 (i32.const 512) (i32.const 1))
  (i32.store (i32.const 516) (local.get $text))
  (i32.store (i32.const 520) (local.get $length))
  (i32.const 512))
;; err of what an option<string> or option<list<u8>> at 1024 holds
(func $say-option (result i32)
  (if (result i32) (i32.load8_u (i32.const 1024))
    (then (call $say (i32.load (i32.const 1028)) (i32.load (i32.const 1032))))
    (else (call $say (i32.const 64) (i32.const 4)))))
(func $say-digit (param $digit i32) (result i32)
  (call $say (i32.add (i32.const 112) (local.get $digit)) (i32.const 1)))
(func $say-result (result i32)
  (if (result i32) (i32.load8_u (i32.const 1024))
    (then (call $say (i32.const 96) (i32.const 6)))
    (else (call $say (i32.const 80) (i32.const 4)))))
(func $get (param $url i32) (param $length i32) (param $limited i32) (result i32)
  (local $error i32)
  (call $fetch (i32.const 128) (i32.const 3) (local.get $url) (local.get $length) (i32.const 0) (i32.const 0)
    (i32.const 0) (i32.const 0) (local.get $limited) (i32.const 100) (i32.const 1024))
  (if (i32.eqz (i32.load8_u (i32.const 1024)))
    (then (return (call $say (i32.load (i32.const 1040)) (i32.load (i32.const 1044))))))
  (local.set $error (i32.load8_u (i32.const 1028)))
  (if (i32.eq (local.get $error) (i32.const 3))
    (then (return (call $say (i32.const 144) (i32.const 7)))))
  (if (i32.eq (local.get $error) (i32.const 4))
    (then (return (call $say (i32.const 160) (i32.const 9)))))
  (call $say (i32.load (i32.const 1032)) (i32.load (i32.const 1036))))

(func (export "route") (param $call i32) (result i32)
  (local $which i32) (local $text i32) (local $length i32) (local $count i32)
  (local.set $which (i32.load8_u (i32.load (i32.add (local.get $call) (i32.const 40)))))
  (local.set $text (i32.load (i32.add (local.get $call) (i32.const 24))))
  (local.set $length (i32.load (i32.add (local.get $call) (i32.const 28))))
  (if (i32.eq (local.get $which) (i32.const 0x73)) (then ;; s
    (call $settings-get (local.get $text) (local.get $length) (i32.const 1024))
    (return (call $say-option))))
  (if (i32.eq (local.get $which) (i32.const 0x6e)) (then ;; n
    (call $settings-names (local.get $text) (local.get $length) (i32.const 1024))
    (return (call $say-option))))
  (if (i32.eq (local.get $which) (i32.const 0x67)) (then ;; g
    (call $state-get (local.get $text) (local.get $length) (i32.const 1024))
    (return (call $say-option))))
  (if (i32.eq (local.get $which) (i32.const 0x70)) (then ;; p
    (call $state-set (local.get $text) (local.get $length)
      (i32.load (i32.add (local.get $call) (i32.const 32))) (i32.load (i32.add (local.get $call) (i32.const 36)))
      (i32.const 0) (i32.const 0) (i32.const 1024))
    (return (call $say-result))))
  (if (i32.eq (local.get $which) (i32.const 0x64)) (then ;; d
    (return (call $say-digit (call $state-delete (local.get $text) (local.get $length))))))
  (if (i32.eq (local.get $which) (i32.const 0x69)) (then ;; i
    (call $state-increment (local.get $text) (local.get $length) (i64.const 1) (i32.const 0) (i32.const 0)
      (i32.const 1024))
    (return (call $say-result))))
  (if (i32.eq (local.get $which) (i32.const 0x72)) (then ;; r
    (return (call $say-digit (call $registered (local.get $text) (local.get $length))))))
  (if (i32.eq (local.get $which) (i32.const 0x63)) (then ;; c
    (call $contacts (local.get $text) (local.get $length) (i32.const 1024))
    (if (i32.eqz (i32.load (i32.const 1028))) (then (return (call $say (i32.const 64) (i32.const 4)))))
    (return (call $say (i32.load (i32.load (i32.const 1024))) (i32.load offset=4 (i32.load (i32.const 1024)))))))
  (if (i32.eq (local.get $which) (i32.const 0x61)) (then ;; a
    (return (call $say-digit (call $active-calls (local.get $text) (local.get $length))))))
  (if (i32.eq (local.get $which) (i32.const 0x6c)) (then ;; l
    (loop $again
      (call $log-write (i32.const 2) (local.get $text) (local.get $length))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $count) (i32.const 100))))
    (return (call $say (i32.const 80) (i32.const 4)))))
  (if (i32.eq (local.get $which) (i32.const 0x68)) (then ;; h
    (return (call $get (local.get $text) (local.get $length) (i32.const 0)))))
  (if (i32.eq (local.get $which) (i32.const 0x48)) (then ;; H
    (return (call $get (local.get $text) (local.get $length) (i32.const 1)))))
  unreachable)
