package afterburn

import (
	"context"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
)

// textAttribute is an attribute whose value is a document of its own, taken as it is.
type textAttribute struct{ name, url string }

// texts fetches attributes at the same time. A document that is required and absent is an error; one that is not is
// left out, and with dropEmpty so is an empty one.
func (e *env) texts(ctx context.Context, list []textAttribute, required, dropEmpty bool) (Attributes, error) {
	values, err := each(ctx, list, func(ctx context.Context, a textAttribute) (*string, error) {
		value, ok, err := e.web.Text(ctx, web.Doc{URL: a.url, Required: required})
		if err != nil || !ok || value == "" && dropEmpty {
			return nil, err
		}
		return &value, nil
	})
	if err != nil {
		return nil, err
	}
	var attrs Attributes
	for i, a := range list {
		attrs.addSome(a.name, values[i])
	}
	return attrs, nil
}
