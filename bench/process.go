package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU times in /proc: Linux gives it as 1/100 s on every architecture.
const clockTick = 10 * time.Millisecond

// cpuTime is the CPU time that a process has used, user and system.
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return 0, fmt.Errorf("CPU time of process %d: %w (it is read from Linux's /proc)", pid, err)
	}
	// The second field is the program's name in brackets and may hold anything; utime and stime are fields 14 and 15.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("CPU time of process %d: %q is no line of /proc", pid, text)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// residentBytes is how much memory a process has in RAM.
func residentBytes(pid int) (int64, error) {
	text, err := os.ReadFile(procPath(pid, "status"))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w (it is read from Linux's /proc)", pid, err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("memory of process %d: /proc does not tell VmRSS", pid)
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	return kib << 10, nil
}

func procPath(pid int, file string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), file)
}

// diskBytes is the size of all files below a folder whose path holds the word; "" for all. A file
// that vanishes meanwhile counts nothing.
func diskBytes(dir, word string) (int64, error) {
	var total int64
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.Contains(path, word) {
			return ignoreAbsent(err)
		}
		info, err := entry.Info()
		if err != nil {
			return ignoreAbsent(err)
		}
		total += info.Size()
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("bytes on disk: %w", err)
	}
	return total, nil
}

func ignoreAbsent(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
