;; What is done to every byte that apps print, sixteen bytes at once. `node scripts/compile-simd.mjs` makes
;; src/logs/simd-module.ts of it; src/logs/simd.ts is what the program calls, and says what is where in the memory.
;;
;; All text here is printable ASCII, tabs and LFs. Reads go up to fifteen bytes beyond the end of a text; what is found there
;; does not count.
(module
  (memory (export "memory") 16)

  ;; Results of `scan`: whole lines, whether JSON escapes anything in them, and where it ended.
  (global $count (export "count") (mut i32) (i32.const 0))
  (global $escapes (export "escapes") (mut i32) (i32.const 0))
  (global $stopped (export "stopped") (mut i32) (i32.const 0))
  ;; The result of `replace`: how many bytes it wrote.
  (global $written (export "written") (mut i32) (i32.const 0))

  ;; Finds whole lines from $at on, up to $end or the first byte that is no text. Returns where the byte after the last LF is.
  (func (export "scan") (param $at i32) (param $end i32) (result i32)
    (local $next i32)
    (local $bytes v128)
    (local $lf v128) (local $tab v128) (local $quote v128) (local $backslash v128) (local $blank v128) (local $del v128)
    (local $counted i32)    ;; the bytes that count, a bit each, as in the next three
    (local $ends i32)
    (local $escaped i32)
    (local $other i32)
    (local $last i32)       ;; the last LF
    (local $whole i32)      ;; everything up to it
    (local $begun i32)      ;; not 0: the line that has not ended has something that is escaped
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $tab (i8x16.splat (i32.const 9)))
    (local.set $quote (i8x16.splat (i32.const 0x22)))
    (local.set $backslash (i8x16.splat (i32.const 0x5c)))
    (local.set $blank (i8x16.splat (i32.const 0x20)))
    (local.set $del (i8x16.splat (i32.const 0x7f)))
    (global.set $count (i32.const 0))
    (global.set $escapes (i32.const 0))
    (local.set $next (local.get $at))
    (block $done
      (loop $on
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $bytes (v128.load (local.get $at)))
        (local.set $counted (i32.sub (local.get $end) (local.get $at)))
        ;; most of the time there is only text, and no end
        (if (i32.ge_u (local.get $counted) (i32.const 16))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br_if $on
              (i32.eqz
                (v128.any_true
                  (v128.or
                    (v128.or
                      (i8x16.lt_s (local.get $bytes) (local.get $blank))
                      (i8x16.eq (local.get $bytes) (local.get $del)))
                    (v128.or
                      (i8x16.eq (local.get $bytes) (local.get $quote))
                      (i8x16.eq (local.get $bytes) (local.get $backslash)))))))
            (local.set $at (i32.sub (local.get $at) (i32.const 16)))
            (local.set $counted (i32.const 16))))
        (local.set $counted (i32.sub (i32.shl (i32.const 1) (local.get $counted)) (i32.const 1)))
        (local.set $ends (i8x16.bitmask (i8x16.eq (local.get $bytes) (local.get $lf))))
        (local.set $escaped
          (i8x16.bitmask
            (v128.or
              (i8x16.eq (local.get $bytes) (local.get $tab))
              (v128.or
                (i8x16.eq (local.get $bytes) (local.get $quote))
                (i8x16.eq (local.get $bytes) (local.get $backslash))))))
        ;; bytes beyond ASCII are negative
        (local.set $other
          (i32.and
            (local.get $counted)
            (i8x16.bitmask
              (v128.or
                (i8x16.eq (local.get $bytes) (local.get $del))
                (v128.andnot
                  (i8x16.lt_s (local.get $bytes) (local.get $blank))
                  (v128.or
                    (i8x16.eq (local.get $bytes) (local.get $lf))
                    (i8x16.eq (local.get $bytes) (local.get $tab))))))))
        (if (local.get $other)
          ;; what is before the first of them counts
          (then
            (local.set $counted
              (i32.sub (i32.shl (i32.const 1) (i32.ctz (local.get $other))) (i32.const 1)))))
        (local.set $ends (i32.and (local.get $ends) (local.get $counted)))
        (local.set $escaped (i32.and (local.get $escaped) (local.get $counted)))
        (if (local.get $ends)
          (then
            (local.set $last (i32.sub (i32.const 31) (i32.clz (local.get $ends))))
            (local.set $whole (i32.sub (i32.shl (i32.const 2) (local.get $last)) (i32.const 1)))
            (local.set $next (i32.add (i32.add (local.get $at) (local.get $last)) (i32.const 1)))
            (global.set $count (i32.add (global.get $count) (i32.popcnt (local.get $ends))))
            (global.set $escapes
              (i32.or
                (global.get $escapes)
                (i32.or (local.get $begun) (i32.and (local.get $escaped) (local.get $whole)))))
            (local.set $begun
              (i32.and (local.get $escaped) (i32.xor (local.get $whole) (i32.const -1)))))
          (else (local.set $begun (i32.or (local.get $begun) (local.get $escaped)))))
        (if (local.get $other)
          (then
            (local.set $end (i32.add (local.get $at) (i32.ctz (local.get $other))))
            (br $done)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $on)))
    (global.set $stopped (local.get $end))
    (local.get $next))

  ;; Copies the text from $at to $end to $to, with the $length bytes at $by for each LF, and, where $escaping is 1, with what
  ;; JSON has for quotes, backslashes and tabs. Returns how far it came: to $end, or until what it wrote has passed $full.
  (func (export "replace")
    (param $at i32) (param $end i32) (param $by i32) (param $length i32)
    (param $to i32) (param $full i32) (param $escaping i32) (result i32)
    (local $out i32)
    (local $bytes v128)
    (local $lf v128) (local $tab v128) (local $quote v128) (local $backslash v128)
    (local $found i32)
    (local $step i32)
    (local $byte i32)
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $tab (i8x16.splat (select (i32.const 9) (i32.const 10) (local.get $escaping))))
    (local.set $quote (i8x16.splat (select (i32.const 0x22) (i32.const 10) (local.get $escaping))))
    (local.set $backslash (i8x16.splat (select (i32.const 0x5c) (i32.const 10) (local.get $escaping))))
    (local.set $out (local.get $to))
    (block $done
      (loop $on
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $done (i32.gt_u (local.get $out) (local.get $full)))
        (local.set $bytes (v128.load (local.get $at)))
        (v128.store (local.get $out) (local.get $bytes))
        (local.set $found
          (i8x16.bitmask
            (v128.or
              (v128.or
                (i8x16.eq (local.get $bytes) (local.get $lf))
                (i8x16.eq (local.get $bytes) (local.get $tab)))
              (v128.or
                (i8x16.eq (local.get $bytes) (local.get $quote))
                (i8x16.eq (local.get $bytes) (local.get $backslash))))))
        (local.set $step (i32.sub (local.get $end) (local.get $at)))
        (if (i32.lt_u (local.get $step) (i32.const 16))
          (then
            (local.set $found
              (i32.and
                (local.get $found)
                (i32.sub (i32.shl (i32.const 1) (local.get $step)) (i32.const 1)))))
          (else (local.set $step (i32.const 16))))
        (if (i32.eqz (local.get $found))
          (then
            (local.set $at (i32.add (local.get $at) (local.get $step)))
            (local.set $out (i32.add (local.get $out) (local.get $step)))
            (br $on)))
        (local.set $step (i32.ctz (local.get $found)))
        (local.set $byte (i32.load8_u (i32.add (local.get $at) (local.get $step))))
        (local.set $at (i32.add (i32.add (local.get $at) (local.get $step)) (i32.const 1)))
        (local.set $out (i32.add (local.get $out) (local.get $step)))
        (if (i32.eq (local.get $byte) (i32.const 10))
          (then
            (local.set $step (i32.const 0))
            (loop $copy
              (v128.store
                (i32.add (local.get $out) (local.get $step))
                (v128.load (i32.add (local.get $by) (local.get $step))))
              (local.set $step (i32.add (local.get $step) (i32.const 16)))
              (br_if $copy (i32.lt_u (local.get $step) (local.get $length))))
            (local.set $out (i32.add (local.get $out) (local.get $length))))
          (else
            (i32.store8 (local.get $out) (i32.const 0x5c))
            (i32.store8
              (i32.add (local.get $out) (i32.const 1))
              (select (i32.const 0x74) (local.get $byte) (i32.eq (local.get $byte) (i32.const 9))))
            (local.set $out (i32.add (local.get $out) (i32.const 2)))))
        (br $on)))
    (global.set $written (i32.sub (local.get $out) (local.get $to)))
    (local.get $at)))
