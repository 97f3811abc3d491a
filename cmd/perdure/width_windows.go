package main

import (
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// isTerminal tells whether somebody is at the file.
func isTerminal(file *os.File) bool {
	var mode uint32
	return windows.GetConsoleMode(windows.Handle(file.Fd()), &mode) == nil
}

// width is how many columns a console has; 0 when the output is none.
func width(w io.Writer) int {
	file, isFile := w.(*os.File)
	if !isFile {
		return 0
	}
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(file.Fd()), &info) != nil {
		return 0
	}
	return int(info.Window.Right-info.Window.Left) + 1
}
