package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// AdminSocketName is the name of the socket of [Server.AdminHandler] in the
// directory of a file store.
const AdminSocketName = "admin.sock"

// AdminSocket returns a path of that socket which fits into the address of a
// socket, however long dir is, and what to call when it is no longer needed.
func AdminSocket(dir string) (path string, done func() error, err error) {
	const fits = 100 // the kernel's limit is 108 with the final zero
	path = filepath.Join(dir, AdminSocketName)
	if len(path) <= fits {
		return path, func() error { return nil }, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/fd/" + strconv.FormatUint(uint64(f.Fd()), 10) + "/" + AdminSocketName, f.Close, nil
}

// Release is the request and the reply of POST /v1/release on the
// [Server.AdminHandler].
type Release struct {
	Group string `json:"group"`
	ID    string `json:"id"`
	// Released says in the reply whether the node held a lock.
	Released bool `json:"released"`
}

// AdminHandler serves operators: GET /v1/slots, and POST /v1/release with a
// [Release], which gives back the lock of a node that cannot do it itself. It
// asks for no password; whoever reaches it may do this.
func (s *Server) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/slots", s.serveSlots)
	mux.HandleFunc("POST /v1/release", s.serveRelease)
	return mux
}

func (s *Server) serveRelease(w http.ResponseWriter, r *http.Request) {
	var req Release
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&req); err != nil {
		bodyError(err).write(w)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), s.timeout)
	defer cancel()
	released, err := ReleaseLock(ctx, s.store, req.Group, req.ID)
	switch {
	case errors.Is(err, semaphore.ErrUnknownGroup):
		(&reply{status: http.StatusBadRequest, kind: KindUnknownGroup, value: err.Error()}).write(w)
		return
	case err != nil:
		storeError(err).write(w)
		return
	}
	if _, known := s.groups[req.Group]; known {
		s.waiters.gone(req.Group, req.ID)
	}
	s.logger.Warn("an operator released a lock", "group", req.Group, "id", req.ID, "held", released)
	req.Released = released
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(req) // the client is gone
}

// ReleaseLock unlocks, and says whether the node held a lock when it was
// looked at just before.
func ReleaseLock(ctx context.Context, store semaphore.Store, group, id string) (held bool, err error) {
	if group == "" || id == "" {
		return false, errors.New("a group and an id are needed")
	}
	sem, err := store.Get(ctx, group)
	if err != nil {
		return false, err
	}
	_, err = store.Unlock(ctx, group, id)
	return sem.Holds(id), err
}

// ErrNoServer is returned by the methods of [AdminClient] when no server
// listens.
var ErrNoServer = errors.New("no lock server is running")

// AdminClient asks the server that has a file store, for operators' commands.
type AdminClient struct {
	// Dir is the directory of the store.
	Dir string
	// Timeout bounds one request, 0: no limit.
	Timeout time.Duration
}

// Slots reads the state of all groups.
func (c *AdminClient) Slots(ctx context.Context) (*Slots, error) {
	all := &Slots{}
	if err := c.ask(ctx, http.MethodGet, "/v1/slots", nil, all); err != nil {
		return nil, err
	}
	return all, nil
}

// Release gives back the lock of a node and says whether it held one.
func (c *AdminClient) Release(ctx context.Context, group, id string) (held bool, err error) {
	var reply Release
	err = c.ask(ctx, http.MethodPost, "/v1/release", Release{Group: group, ID: id}, &reply)
	return reply.Released, err
}

func (c *AdminClient) ask(ctx context.Context, method, path string, body, reply any) error {
	socket, done, err := AdminSocket(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoServer
	}
	if err != nil {
		return err
	}
	defer done()
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://fleetlock"+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: c.Timeout, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return ErrNoServer
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if data, err = io.ReadAll(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return adminError(resp.StatusCode, data)
	}
	return json.Unmarshal(data, reply)
}

func adminError(status int, body []byte) error {
	var e struct{ Kind, Value string }
	if json.Unmarshal(body, &e) != nil || e.Value == "" {
		return fmt.Errorf("the server answered with status %d", status)
	}
	return errors.New(e.Value)
}
