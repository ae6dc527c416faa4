package db

import "golang.org/x/sys/unix"

// giveUp is best effort: a kernel without the option still has the keep-alive.
func giveUp(fd uintptr) {
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silent.Milliseconds()))
}
