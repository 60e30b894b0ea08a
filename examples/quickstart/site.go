//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	graphs "github.com/nestos-dev/nestos/zincati/cincinnati/server"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	locks "github.com/nestos-dev/nestos/zincati/fleetlock/server"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/compose"
)

// group is the group of machines in which one reboots at a time.
const group = "workers"

// site is what a site offers to its machines, here on one port of the loopback interface:
//
//	/repo/      the OSTree repository, by any static web server
//	/packages/  the repository of packages, likewise
//	/updates/   the update graph, in Cincinnati's protocol
//	/locks/     the reboot locks, in FleetLock's protocol
type site struct {
	url    string
	http   http.Server
	graphs *graphs.Server
	locks  *locks.Server
	store  *filestore.Store

	repo, packages  *os.Root
	objects, deltas atomic.Int32 // files of the repository that were asked for
}

// counted counts what is asked for.
func (s *site) counted(files http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/deltas/"):
			s.deltas.Add(1)
		case strings.HasPrefix(r.URL.Path, "/objects/") && path.Ext(r.URL.Path) != ".commitmeta": // signatures
			s.objects.Add(1)
		}
		files.ServeHTTP(w, r)
	})
}

// serve starts the site.
func (l *life) serve(ctx context.Context) error {
	l.title("A site: repositories, an update graph and reboot locks on one port")
	listener, err := listen()
	if err != nil {
		return err
	}
	if err := l.startSite(listener); err != nil {
		return err
	}
	if err := l.publishGraph(ctx); err != nil {
		return err
	}
	say("%s/ has repo/, packages/, updates/ and locks/", l.site.url)
	return nil
}

// startSite serves what is in the folder.
func (l *life) startSite(listener net.Listener) error {
	s := new(site)
	if err := s.startGraphs(l.fileURL("updates")); err != nil {
		return err
	}
	if err := s.startLocks(l.path("locks")); err != nil {
		return err
	}
	l.site = s
	// Links out of the folders are not followed.
	var err error
	if s.repo, err = os.OpenRoot(l.path("repo")); err != nil {
		return err
	}
	if s.packages, err = os.OpenRoot(l.path("packages")); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/repo/", http.StripPrefix("/repo", s.counted(http.FileServerFS(s.repo.FS()))))
	mux.Handle("/packages/", http.StripPrefix("/packages", http.FileServerFS(s.packages.FS())))
	mux.Handle("/updates/", http.StripPrefix("/updates", s.graphs.Handler()))
	mux.Handle("/locks/", http.StripPrefix("/locks", s.locks.Handler()))
	s.http.Handler = mux
	go s.http.Serve(listener)
	s.url = "http://" + listener.Addr().String()
	return nil
}

// startGraphs makes the server of the update graph. Run would fetch the metadata every 30 seconds and serve; here
// Refresh and Handler do.
func (s *site) startGraphs(metadata string) error {
	cfg, warnings, err := graphs.ParseConfig(fmt.Appendf(nil, `
[upstream]
releases_url = "%s/releases-${stream}.json"
updates_url = "%[1]s/updates-${stream}.json"
[streams]
%s = [%q]
`, metadata, stream, compose.Machine()), graphs.Combined)
	if err != nil {
		return err
	}
	if len(warnings) > 0 {
		return errors.New(warnings[0])
	}
	s.graphs, err = graphs.New(cfg, nil)
	return err
}

// startLocks makes the server of the reboot locks, which keeps them in files of its own.
func (s *site) startLocks(dir string) error {
	cfg, err := locks.ParseConfig(fmt.Appendf(nil, `
[service]
tls = false
[store]
kind = "file"
path = %q
[[lock.groups]]
name = %q
slots = 1
`, dir, group))
	if err != nil {
		return err
	}
	if s.store, err = filestore.Open(cfg.Store.Path, cfg.Lock.Groups, nil); err != nil {
		return err
	}
	s.locks, err = locks.New(cfg, s.store, nil)
	return err
}

// publishGraph tells which releases there are and which may be updated to; every one may, at once.
func (l *life) publishGraph(ctx context.Context) error {
	var releases cincinnati.ReleaseIndex
	updates := cincinnati.Updates{Stream: stream}
	everyone := 1.0
	for i, c := range []object.Checksum{l.one, l.two} {
		if c.IsZero() {
			continue
		}
		version := fmt.Sprintf("%d.0", i+1)
		releases.Releases = append(releases.Releases, cincinnati.IndexRelease{
			Version: version, Commits: []cincinnati.IndexCommit{{Architecture: compose.Machine(), Checksum: c.String()}},
		})
		updates.Releases = append(updates.Releases, cincinnati.Update{
			Version: version, Rollout: &cincinnati.UpdateRollout{StartPercentage: &everyone},
		})
	}
	for name, document := range map[string]any{"releases": releases, "updates": updates} {
		text, err := json.Marshal(document)
		if err != nil {
			return err
		}
		if err := writeFile(l.path("updates/"+name+"-"+stream+".json"), string(text)); err != nil {
			return err
		}
	}
	return l.site.graphs.Refresh(ctx)
}

// holders are the machines that may reboot, waiters those that have asked in vain.
func (s *site) holders(ctx context.Context) (holders []string, waiters []string, err error) {
	slots, err := s.locks.Slots(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range slots.Groups {
		holders = append(holders, g.Holders...)
		for _, w := range g.Waiters {
			waiters = append(waiters, w.ID)
		}
	}
	return holders, waiters, nil
}

func (s *site) close() {
	s.http.Close()
	if s.store != nil {
		s.store.Close()
	}
	for _, dir := range []*os.Root{s.repo, s.packages} {
		if dir != nil {
			dir.Close()
		}
	}
}
