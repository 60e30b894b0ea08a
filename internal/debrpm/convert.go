package debrpm

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// Convert writes the RPM packages of several .deb files into the directory dst and
// returns their paths in the order of debs. The same input gives the same bytes.
func Convert(ctx context.Context, dst string, debs []string, o *Options) ([]string, error) {
	if o == nil {
		o = &Options{}
	}
	jobs := o.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	rpms := make([]string, len(debs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(jobs)
	for i, deb := range debs {
		g.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			rpms[i], err = convert(dst, deb, o)
			return err
		})
	}
	return rpms, g.Wait()
}

func convert(dst, deb string, o *Options) (string, error) {
	d, err := Open(deb)
	if err != nil {
		return "", err
	}
	spec, err := d.Spec(o)
	if err != nil {
		return "", err
	}
	data, err := rpmtest.Build(spec)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dst, spec.FileName())
	return path, os.WriteFile(path, data, 0o644)
}
