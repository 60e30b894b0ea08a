package solver_test

import (
	"math/rand"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

func TestZZ(t *testing.T) {
	start := time.Now()
	n := 0
	for seed := int64(60000); time.Since(start) < 40*time.Second; seed++ {
		r := rand.New(rand.NewSource(seed))
		data := make([]byte, 200+r.Intn(1200))
		r.Read(data)
		u := newUniverse(data)
		u.p.Flags.ImplicitObsoleteUsesColors = u.src.one(2)
		u.p.Flags.WhatProvidesWithDisabled = u.src.one(2)
		if !u.src.one(4) {
			u.p.SetArch("x86_64")
		}
		inst := u.p.AddRepo("@System", 0, 0)
		u.fill(inst)
		u.p.SetInstalled(inst)
		u.fill(u.p.AddRepo("base", u.src.n(2), 0))
		u.fill(u.p.AddRepo("updates", u.src.n(2), 0))
		s := u.solver()
		var jobs []solver.Job
		for range 1 + u.src.n(5) {
			jobs = append(jobs, u.job())
		}
		ok := s.Solve(jobs)
		if err := s.Check(); err != nil {
			t.Error(seed, err)
			for _, j := range jobs { t.Logf("%x %s", j.How, u.p.JobText(j)) }
		}
		examine(t, s, ok)
		n++
	}
	t.Log(n)
}
