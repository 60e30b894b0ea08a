package ostree

import (
	"context"
	"os"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	src := os.Getenv("SMOKE_SRC")
	if src == "" {
		t.Skip()
	}
	m, _ := ParseMode(os.Getenv("SMOKE_MODE"))
	r, err := Init(os.Getenv("SMOKE_REPO"), &InitOptions{Mode: m})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx := context.Background()
	start := time.Now()
	x, err := r.Begin(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	tree := NewTree()
	if err := x.AddDirectory(ctx, tree, src, nil); err != nil {
		t.Fatal(err)
	}
	t.Log("add", time.Since(start))
	a, b, err := x.WriteTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x.WriteCommit(ctx, a, b, &CommitOptions{Subject: "s", Refs: []string{"main"}, Time: time.Unix(1700000000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	x.SetRef("main", c)
	st, err := x.Commit(ctx)
	t.Log("commit", time.Since(start), c, st, err)
}
