//go:build unix

package main

import "syscall"

// ownGroup keeps a terminal's interrupt from the children: their parent ends them.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
