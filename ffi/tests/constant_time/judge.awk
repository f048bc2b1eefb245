# Judges memcheck's log of one program, path by path: awk -v root=WORKSPACE -v used=FILE -f judge.awk allowed LOG
#
# The place of a report is the innermost line that is neither of the Rust library nor of valgrind's own copies of libc
# functions; where the compiler gave an instruction no line (0), that of the call that it is in. It is allowed where `allowed` has its kind, its file and its very text; which of these were met goes to
# `used`. A path that EXPECTs a kind passes only with reports of that kind, all of them in leaky.rs.

function report(    key, file, line) {
    if (kind == "") return
    if (place == "") place = "nowhere:0"
    line = place
    sub(/.*:/, "", line)
    file = source = substr(place, 1, length(place) - length(line) - 1)
    if (index(file, root "/") == 1) file = substr(file, length(root) + 2)
    sub(/^.*\/registry\/src\/[^\/]+\//, "", file)
    key = kind "\t" file "\t" text(source, line)
    if (expected == "" && key in allowed) {
        met[key]++
        permitted++
    } else if (expected == kind && file ~ /\/leaky\.rs$/) {
        twins++
    } else {
        bad++
        print "  " name ": " kind " on a secret at " file ":" line ": " text(source, line) > "/dev/stderr"
    }
    kind = place = ""
}

function text(source, line,    found, n) {
    if (source == last_source && line == last_line) return last_text
    found = "?"
    for (n = 0; n < line + 0 && (getline found < source) > 0; n++) {}
    close(source)
    gsub(/^[ \t]+|[ \t]+$/, "", found)
    last_source = source; last_line = line; last_text = found
    return found
}

function end_of_path() {
    if (expected != "" && twins == 0) {
        bad++
        print "  " name ": a leak (" expected ") was not reported" > "/dev/stderr"
    }
    if (name == "" && bad == 0) return
    if (bad) failed++; else passed++
    print (name == "" ? "before the first path" : name) ": " (bad ? "FAILED" : "passed") "; " \
        (expected != "" ? twins " reported" : permitted + 0 " at allowed places") saw
    bad = permitted = twins = 0
    expected = saw = ""
}

FNR == NR {
    if ($0 !~ /^#/ && $0 != "") allowed[$0]
    next
}
/^\*\*[0-9]+\*\* / {
    report()
    sub(/^\*\*[0-9]+\*\* /, "")
    if (sub(/^PATH /, "")) { end_of_path(); name = $0 }
    else if (sub(/^EXPECT /, "")) expected = $0
    else if (sub(/^SAW /, "")) saw = saw "; " $0
    else if (sub(/^BROKEN /, "")) { bad++; print "  " name ": " $0 > "/dev/stderr" }
    else if ($0 == "END") whole = 1
    next
}
{ if (!sub(/^==[0-9]+== ?/, "")) next }
/^ +(at|by) 0x/ {
    if (kind == "" || place != "" || !match($0, /\([^()]*\)$/)) next
    at = substr($0, RSTART + 1, RLENGTH - 2)
    if (at ~ /:[1-9][0-9]*$/ && at !~ /^\/rustc\/|vg_replace_strmem/) place = at
    next
}
/^Conditional jump or move depends/ { report(); kind = "branch"; next }
/^Use of uninitialised value/ { report(); kind = "index"; next }
/^(Syscall param|Invalid|Source and dest|Argument|Process terminating|Jump to)/ { report(); kind = "error"; next }
/^$/ { report() }
END {
    report()
    if (!whole) { bad++; print "  the log has no end" > "/dev/stderr" }
    end_of_path()
    for (key in met) print key >> used
    print "COUNT " passed + 0 " " failed + 0
}
