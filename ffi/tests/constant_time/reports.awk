# Reads memcheck's log: what was said (PATH, LEAVES, STAYS, BROKEN, END), and for each report its kind and place, which is
# the innermost line that is neither of the Rust library nor of valgrind's copies of libc functions.
#   REPORT <kind> <tab> <file>:<line>
# A report that is none of the two kinds looked for (an invalid read, a leak) is of the kind "other".
function ended() {
    if (kind == "") return
    print "REPORT " kind "\t" (place == "" ? "nowhere" : place)
    kind = place = ""
}
/^\*\*[0-9]+\*\* / { ended(); sub(/^\*\*[0-9]+\*\* /, ""); print; next }
{ if (!sub(/^==[0-9]+== ?/, "")) next }
/^ +(at|by) 0x/ {
    if (kind == "" || place != "") next
    at = $0
    if (!match(at, /\([^()]*\)$/)) next
    at = substr(at, RSTART + 1, RLENGTH - 2)
    if (at ~ /^\/rustc\/|vg_replace_strmem|^in \// || at !~ /:[0-9]+$/) next
    place = at
    next
}
/^Conditional jump/ { ended(); kind = "branch"; next }
/^Use of uninit/ { ended(); kind = "index"; next }
/^(Syscall|Invalid|Source and|Argument|Process terminating|Jump to)/ { ended(); kind = "other"; place = $0; next }
/^$/ { ended() }
END { ended() }
