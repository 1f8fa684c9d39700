package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the CPU times in /proc/<pid>/stat: USER_HZ, which is 100
// on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// A usage is CPU time spent so far.
type usage struct{ server, database time.Duration }

func (u usage) since(was usage) usage { return usage{u.server - was.server, u.database - was.database} }

// spent reads what a server and the database have used: the database is the
// postmaster, the processes below it, and those below it that have ended, which
// the kernel adds to the postmaster.
func spent(server, postmaster int) (u usage, err error) {
	s, err := readStat(server)
	if err != nil {
		return u, err
	}
	u.server = s.own
	p, err := readStat(postmaster)
	if err != nil {
		return u, err
	}
	u.database = p.own + p.children
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return u, err
	}
	for _, dir := range all {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		s, err := readStat(pid)
		if err == nil && s.parent == postmaster { // it may have ended by now
			u.database += s.own
		}
	}
	return u, nil
}

type stat struct {
	parent        int
	own, children time.Duration
}

func readStat(pid int) (s stat, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, err
	}
	// The name in brackets may hold anything; what follows the last one is plain.
	text := string(b)
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(f) < 15 {
		return s, fmt.Errorf("/proc/%d/stat: too short", pid)
	}
	n := make([]int64, 15)
	for _, i := range []int{1, 11, 12, 13, 14} { // ppid, utime, stime, cutime, cstime
		if n[i], err = strconv.ParseInt(f[i], 10, 64); err != nil {
			return s, err
		}
	}
	s = stat{int(n[1]), time.Duration(n[11]+n[12]) * tick, time.Duration(n[13]+n[14]) * tick}
	if fine := scheduled(pid); fine > 0 {
		s.own = fine
	}
	return s, nil
}

// scheduled returns how long the threads of a process have run, by the
// scheduler's clock: the same time as in stat, but not in hundredths of a
// second. 0 if the kernel does not tell.
func scheduled(pid int) (d time.Duration) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, name := range threads {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // it has just ended
		}
		ns, _, _ := strings.Cut(string(b), " ")
		n, _ := strconv.ParseInt(ns, 10, 64)
		d += time.Duration(n)
	}
	return d
}

// resident returns how much memory a process holds now and the most it has
// held, in MiB.
func resident(pid int) (now, most float64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		kb, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "VmRSS:":
			now = kb / 1024
		case "VmHWM:":
			most = kb / 1024
		}
	}
	return now, most, nil
}
