package busapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/nestos-dev/nestos/zincati/internal/logfmt"
)

const (
	// firstPause and lastPause are the waits between attempts to reach the bus; they double.
	firstPause = time.Second
	lastPause  = time.Minute
)

// Serve offers the agent on the bus at the address until ctx ends. It comes back to a bus that went away, so there is no
// other end. A nil logger is silent.
func Serve(ctx context.Context, address string, h Handler, log *slog.Logger) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &server{address: address, handler: dispatcher{tree(h)}, log: log.With("target", "zincati::dbus")}
	pause := time.Duration(0)
	for ctx.Err() == nil {
		started := time.Now()
		err := s.session(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(started) > lastPause {
			pause = 0
		}
		s.lost(err)
		pause = min(max(2*pause, firstPause), lastPause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

type server struct {
	address string
	handler dispatcher
	log     *slog.Logger
	down    bool // the loss has been logged
}

// lost is an error in the log once, however many attempts follow.
func (s *server) lost(err error) {
	if s.down {
		s.log.Debug("D-Bus service still not available: " + logfmt.Line(err))
		return
	}
	s.down = true
	s.log.Error("failed to start D-Bus service actor: " + logfmt.Line(err))
}

// session is one connection, from its beginning to its end.
func (s *server) session(ctx context.Context) error {
	conn, err := connect(ctx, s.address, s.handler)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Without DO_NOT_QUEUE we stay in line for the name when another instance takes it.
	reply, err := conn.RequestName(Name, dbus.NameFlagAllowReplacement|dbus.NameFlagReplaceExisting)
	switch {
	case err != nil:
		return fmt.Errorf("requesting the name %s: %w", Name, worded(err))
	case reply == dbus.RequestNameReplyInQueue:
		s.log.Warn("the D-Bus name " + Name + " is another's, waiting for it")
	}
	if s.down {
		s.log.Info("D-Bus service is available again")
		s.down = false
	}
	select {
	case <-ctx.Done():
		return nil
	case <-conn.Context().Done():
		return errors.New("connection to the bus was lost")
	}
}
