package blockdev_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestPlacementLikeSgdisk makes random partitions with both.
func TestPlacementLikeSgdisk(t *testing.T) {
	sgdisk := testutil.Tool(t, "sgdisk")
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 2))
	number := regexp.MustCompile(`(?m)^(First|Last) sector: (\d+) `)
	rounds := 25
	if s := os.Getenv("PLACEMENTS"); s != "" {
		fmt.Sscan(s, &rounds)
	}
	for range rounds {
		var args []string
		at := int64(2048)
		if rng.IntN(3) == 0 {
			at = 40 + rng.Int64N(5000)
		}
		for n := range rng.IntN(4) {
			size := 1 + rng.Int64N(30000)
			args = append(args, "-a1", fmt.Sprintf("--new=%d:%d:+%d", n+1, at, size))
			at += size
			if rng.IntN(2) == 0 {
				at += rng.Int64N(20000)
			}
		}
		f := gptImage(t, append(args, "-v")...)
		g, err := blockdev.ReadGPT(f, 64*mib, 512)
		if err != nil {
			g = blockdev.EmptyGPT(64*mib, 512)
		}
		model := blockdev.NewPlacement(g)
		args = []string{"--pretend"}
		for _, q := range g.Partitions {
			if rng.IntN(2) == 0 {
				args = append(args, fmt.Sprintf("--delete=%d", q.Number))
				if err := model.Delete(q.Number); err != nil {
					t.Fatal(err)
				}
			}
		}
		failed := false
		var want []blockdev.Partition
		for range 1 + rng.IntN(3) {
			n := rng.IntN(6)
			start, size := rng.Int64N(60)*2048, rng.Int64N(20)*2048
			if rng.IntN(2) == 0 {
				start = 0
			}
			if rng.IntN(3) == 0 {
				size = 0
			}
			args = append(args, fmt.Sprintf("--new=%d:%d:+%d", n, start, size))
			q, err := model.Create(n, start, size)
			if err != nil {
				failed = true
				break
			}
			want = append(want, q)
		}
		for _, q := range want {
			args = append(args, fmt.Sprintf("--info=%d", q.Number))
		}
		out := testutil.Run(t, nil, sgdisk, append(args, f.Name())...)
		if failed != (out.Exit != 0) {
			t.Fatalf("table %+v\n%v\nmodel failed %v %v, sgdisk %v", g.Partitions, args, failed, want, out)
		}
		if failed {
			continue
		}
		numbers := number.FindAllStringSubmatch(out.Stdout, -1)
		for i, q := range want {
			first, _ := strconv.ParseInt(numbers[2*i][2], 10, 64)
			last, _ := strconv.ParseInt(numbers[2*i+1][2], 10, 64)
			if first != q.Start || last != q.Start+q.Size-1 {
				t.Fatalf("table %+v\n%v\nmodel %+v\nsgdisk %s", g.Partitions, args, want, out.Stdout)
			}
		}
	}
}
