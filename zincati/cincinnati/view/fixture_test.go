package view_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// noon is the moment that the pictures of the tests show.
var noon = time.Date(2026, 7, 23, 12, 0, 0, 0, time.UTC)

// stream makes a graph such as a stream has after years: n releases, a
// barrier every forty or so, some dead ends, two rollouts under way.
func stream(t testing.TB, n int) *cincinnati.Graph {
	t.Helper()
	index := &cincinnati.ReleaseIndex{}
	updates := &cincinnati.Updates{}
	day := noon.AddDate(0, 0, -14*(n-1)-1)
	for i := range n {
		v := fmt.Sprintf("%d.%s.3.%d", 32+i*13/n, day.Format("20060102"), i%3)
		day = day.AddDate(0, 0, 14)
		digest := fmt.Sprintf("%x", sha256.Sum256([]byte(v)))
		index.Releases = append(index.Releases, cincinnati.IndexRelease{Version: v, Metadata: "x",
			Commits: []cincinnati.IndexCommit{{Architecture: "x86_64", Checksum: digest}},
			Images:  []cincinnati.IndexImage{{Architecture: "x86_64", DigestRef: "quay.io/fedora/fedora-coreos@sha256:" + digest}}})
		u := cincinnati.Update{Version: v}
		switch i {
		case n / 6:
			u.Barrier = &cincinnati.Reason{Reason: "https://github.com/coreos/fedora-coreos-tracker/issues/484"}
		case n * 2 / 5, n * 3 / 5:
			u.Barrier = &cincinnati.Reason{Reason: "the bootloader has to be updated before kernels with signatures of the new key can start"}
		case n * 4 / 5:
			u.Barrier = &cincinnati.Reason{}
		case n / 4:
			u.Deadend = &cincinnati.Reason{Reason: "https://github.com/coreos/fedora-coreos-tracker/issues/215"}
		case n - 9:
			u.Deadend = &cincinnati.Reason{Reason: "automatic updates are broken in this release, see the notes"}
		case n - 3:
			one := 1.0
			u.Rollout = &cincinnati.UpdateRollout{StartPercentage: &one}
		case n - 2:
			u.Rollout = rollout(noon.Add(-30*time.Hour), 0, 2880)
		case n - 1:
			u.Rollout = rollout(noon.Add(6*time.Hour), 0.05, 2880)
		}
		if u.Barrier != nil || u.Deadend != nil || u.Rollout != nil {
			updates.Releases = append(updates.Releases, u)
		}
	}
	return cincinnati.Build(index, updates, "x86_64", cincinnati.Checksum)
}

func rollout(start time.Time, value float64, minutes uint64) *cincinnati.UpdateRollout {
	second := start.Unix()
	return &cincinnati.UpdateRollout{StartEpoch: &second, StartPercentage: &value, DurationMinutes: &minutes}
}
