package afterburn

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
)

// textAttribute is an attribute whose value is a document of its own, taken as it is.
type textAttribute struct{ name, url string }

// texts fetches attributes at the same time. A document that is required and absent is an error; one that is not is
// left out, and with dropEmpty so is an empty one.
func (e *env) texts(ctx context.Context, list []textAttribute, required, dropEmpty bool) (Attributes, error) {
	values := make([]string, len(list))
	found := make([]bool, len(list))
	g, ctx := errgroup.WithContext(ctx)
	for i, a := range list {
		g.Go(func() (err error) {
			values[i], found[i], err = e.web.Text(ctx, web.Doc{URL: a.url, Required: required})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var attrs Attributes
	for i, a := range list {
		if found[i] && (values[i] != "" || !dropEmpty) {
			attrs.Add(a.name, values[i])
		}
	}
	return attrs, nil
}
