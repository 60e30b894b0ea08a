package zincati_test

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/zincati"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/identity"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

func checksum(text string) cincinnati.Payload {
	return cincinnati.Payload{Scheme: cincinnati.Checksum, Text: text}
}

// appliance is a system with its own way to change what boots next.
type appliance struct {
	staged *driver.Deployment
	reboot func()
}

func (a *appliance) Booted(context.Context) (driver.Deployment, error) {
	return driver.Deployment{Version: "40.1", Payload: checksum("0101"), Stream: "stable", Booted: true}, nil
}

func (a *appliance) Deployments(ctx context.Context, _ bool) ([]driver.Deployment, error) {
	d, err := a.Booted(ctx)
	return []driver.Deployment{d}, err
}

func (a *appliance) Register(context.Context) error { return nil }

func (a *appliance) Stage(_ context.Context, r cincinnati.Release, _ bool) error {
	fmt.Println("stage", r.Version)
	a.staged = &driver.Deployment{Version: r.Version, Payload: r.Payload, Stream: "stable", Staged: true}
	return nil
}

func (a *appliance) Staged(context.Context) (*driver.Deployment, error) { return a.staged, nil }

func (a *appliance) Finalize(_ context.Context, p cincinnati.Payload) error {
	fmt.Println("reboot into", p)
	a.reboot()
	return nil
}

func (a *appliance) Cleanup(context.Context) error { a.staged = nil; return nil }

// offer is a source that always offers one release.
type offer struct{}

func (offer) Graph(context.Context, cincinnati.Params) (*cincinnati.Graph, error) {
	node := func(version, payload, age string) cincinnati.Node {
		return cincinnati.Node{Version: version, Payload: payload, Metadata: map[string]string{
			cincinnati.MetaScheme: "checksum", cincinnati.MetaAgeIndex: age,
		}}
	}
	return &cincinnati.Graph{
		Nodes: []cincinnati.Node{node("40.1", "0101", "0"), node("40.2", "0202", "1")},
		Edges: []cincinnati.Edge{{0, 1}},
	}, nil
}

// An agent for a system that does not have rpm-ostree.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	system := &appliance{reboot: cancel}
	booted, _ := system.Booted(ctx)
	consent, err := strategy.New(strategy.Settings{}, "default", "a6021cacafbb49ccb7e778d135fc9fa4", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	agent, err := zincati.New(&zincati.Config{
		Identity: &identity.Identity{Basearch: "x86_64", Group: "default", Platform: "qemu", Stream: "stable", Booted: booted},
		Strategy: consent, Driver: system, Graph: offer{}, Enabled: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = agent.Run(ctx) // until the machine reboots
	fmt.Println(err, agent.State())
	// Output:
	// stage 40.2
	// reboot into 0202
	// <nil> UpdateFinalized(40.2)
}
