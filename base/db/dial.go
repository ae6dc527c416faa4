package db

import (
	"net"
	"syscall"
	"time"
)

// silent is how long a server may not answer what was sent to it before its connection counts as lost. A machine that lost
// its power or its cable says nothing: without this a request waits until TCP gives up, a quarter of an hour later.
const silent = 5 * time.Second

func dialer() *net.Dialer {
	return &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 3 * time.Second, Interval: time.Second, Count: 3},
		Control: func(network, _ string, c syscall.RawConn) error {
			if network == "unix" {
				return nil
			}
			return c.Control(giveUp)
		}}
}
