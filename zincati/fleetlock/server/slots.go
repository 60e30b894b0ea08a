package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// Slots is the state of all groups, as GET /v1/slots answers it.
type Slots struct {
	Groups []GroupSlots `json:"groups"` // sorted by name
}

// GroupSlots is the state of one group.
type GroupSlots struct {
	Group      string   `json:"group"`
	TotalSlots uint64   `json:"total_slots"`
	Holders    []string `json:"holders"` // sorted bytewise
	// Granted has the time of the grant for each holder that it is known for;
	// etcd does not keep it.
	Granted map[string]time.Time `json:"granted,omitempty"`
	// Waiters are the nodes that this server has refused, the oldest first.
	Waiters []Waiter `json:"waiters,omitempty"`
}

// Inspect reads the groups from a store, without a server.
func Inspect(ctx context.Context, store semaphore.Store, groups semaphore.Groups) (*Slots, error) {
	all := &Slots{Groups: []GroupSlots{}}
	for _, name := range groups.Names() {
		sem, err := store.Get(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("group %s: %w", name, err)
		}
		all.Groups = append(all.Groups, GroupSlots{
			Group: name, TotalSlots: sem.TotalSlots, Holders: sem.Holders, Granted: granted(store, name),
		})
	}
	return all, nil
}

// Slots reads the state of all configured groups, and the waiters.
func (s *Server) Slots(ctx context.Context) (*Slots, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	all, err := Inspect(ctx, s.store, s.groups)
	if err != nil {
		return nil, err
	}
	for i := range all.Groups {
		g := &all.Groups[i]
		g.Waiters = s.waiters.list(g.Group, s.now())
	}
	return all, nil
}

// WriteText writes the groups in the form of "airlock ex get slots".
func (s *Slots) WriteText(w io.Writer) error {
	for _, g := range s.Groups {
		if _, err := fmt.Fprintf(w, "group: %s\n semaphore slots: %d\n lock owners:\n", g.Group, g.TotalSlots); err != nil {
			return err
		}
		for _, id := range g.Holders {
			if _, err := fmt.Fprintf(w, " - %s\n", page.Visible(id, 0)); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprint(w, "\n---\n"); err != nil {
			return err
		}
	}
	return nil
}

// WriteTable writes one line for each holder and waiter, with ages relative to
// now, and one for each group that has neither.
func (s *Slots) WriteTable(w io.Writer, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "GROUP\tSLOTS\tSTATE\tNODE\tSINCE\tAGE")
	for _, g := range s.Groups {
		slots := fmt.Sprintf("%d/%d", len(g.Holders), g.TotalSlots)
		if len(g.Holders)+len(g.Waiters) == 0 {
			fmt.Fprintf(table, "%s\t%s\tfree\t-\t-\t-\n", g.Group, slots)
		}
		for _, id := range g.Holders {
			since, age := "unknown", "unknown"
			if at, ok := g.Granted[id]; ok {
				since, age = at.UTC().Format(time.RFC3339), page.Age(now.Sub(at))
			}
			fmt.Fprintf(table, "%s\t%s\tholds\t%s\t%s\t%s\n", g.Group, slots, page.Visible(id, 0), since, age)
		}
		for _, waiter := range g.Waiters {
			fmt.Fprintf(table, "%s\t%s\twaits\t%s\t%s\t%s\n", g.Group, slots, page.Visible(waiter.ID, 0),
				waiter.Since.UTC().Format(time.RFC3339), page.Age(now.Sub(waiter.Since)))
		}
	}
	return table.Flush()
}

// WriteJSON writes the form of GET /v1/slots.
func (s *Slots) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(s)
}

func readOnly(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	(&reply{status: http.StatusMethodNotAllowed, kind: KindMethodNotAllowed, value: "method not allowed: use GET"}).write(w)
	return false
}

const (
	// maxViews bounds the looks at all groups at a time: each costs memory for
	// all waiters, and with etcd a request for each group.
	maxViews = 4
	// viewPatience is how long a look waits for its turn. Those that wait take
	// places that the protocol's requests need.
	viewPatience = time.Second
)

// show serves one of the views of all groups when it is its turn.
func (s *Server) show(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	select {
	case s.views <- struct{}{}:
		defer func() { <-s.views }()
		serve(w, r)
	case <-time.After(viewPatience):
		busy := &reply{status: http.StatusServiceUnavailable, kind: KindOverloaded, value: "too many look at once", retryAfter: 5}
		busy.write(w)
	case <-r.Context().Done():
	}
}

func (s *Server) serveSlots(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	all, err := s.Slots(r.Context())
	if err != nil {
		storeError(err).write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = all.WriteJSON(w) // the client is gone
}
