package container

import (
	"context"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

const (
	defaultMaxLayers   = 64 // half of what runtimes can stack
	minChunkedLayers   = 4
	componentSeparator = ','
	newComponents      = "Reserved for new packages" // the name of a chunk without components
)

// ContentMeta tells where the content of a commit comes from.
type ContentMeta struct {
	// Components are the packages, or whatever content is grouped by. Their order is that of the layers
	// where there are enough for all of them.
	Components []Component
	// Objects maps content objects to the ID of their component. Objects that are not in it, or not in
	// the commit, do no harm: the former stay in the image's first layer.
	Objects map[object.Checksum]string
}

// Component is a set of files that change together, such as a package.
type Component struct {
	// ID is unique, for instance "bash-5.2.26-1.x86_64".
	ID string
	// Name is what stays the same from build to build, for instance "bash". It becomes part of the
	// annotation ostree.components and must not contain commas. Empty means ID.
	Name string
	// ChangeFrequency says how often the component changes, without a unit. [AlwaysChanges] puts it into
	// a layer with all others of that kind.
	ChangeFrequency uint32
}

// AlwaysChanges is the [Component.ChangeFrequency] of content that is different in every build.
const AlwaysChanges = ^uint32(0)

func (c *Component) name() string {
	if c.Name != "" {
		return c.Name
	}
	return c.ID
}

// sizedComponent is a component with the objects of a commit that belong to it.
type sizedComponent struct {
	Component
	size    int64
	objects []*content
}

// planLayers distributes the content of a commit over layers. The first plan is that of the commit's own
// layer, which takes what no component claims.
func planLayers(ctx context.Context, r *ostree.Repo, sum object.Checksum, opts *EncapsulateOptions) ([]*layerPlan, error) {
	all, err := commitContents(ctx, r, sum)
	if err != nil {
		return nil, err
	}
	if opts.Contents == nil {
		return []*layerPlan{{objects: all}}, nil
	}
	layers := opts.MaxLayers
	if layers == 0 {
		layers = defaultMaxLayers
	}
	if layers < 0 || layers > maxLayers-1 {
		return nil, fmt.Errorf("%d layers are out of range", layers)
	}
	components, rest, err := opts.Contents.assign(r, all)
	if err != nil {
		return nil, err
	}
	if layers < minChunkedLayers {
		return []*layerPlan{{objects: all}}, nil
	}
	bins, err := pack(components, layers, opts.PriorBuild)
	if err != nil {
		return nil, err
	}
	plans := []*layerPlan{{objects: rest}}
	for i, bin := range bins {
		// Layers without content are all the same, and the label that ends the commit has to name one.
		if p := chunkPlan(bin); len(p.objects) > 0 || i == len(bins)-1 {
			plans = append(plans, p)
		}
	}
	return plans, nil
}

// assign gives the content of a commit to the components; rest is what belongs to none.
func (m *ContentMeta) assign(r *ostree.Repo, all []*content) (list []*sizedComponent, rest []*content, err error) {
	byID := map[string]*sizedComponent{}
	for _, c := range m.Components {
		if c.ID == "" || byID[c.ID] != nil {
			return nil, nil, fmt.Errorf("content metadata: component %s is there twice", limitText(c.ID))
		}
		if strings.ContainsRune(c.name(), componentSeparator) {
			return nil, nil, fmt.Errorf("content metadata: invalid component name %s", limitText(c.name()))
		}
		s := &sizedComponent{Component: c}
		byID[c.ID] = s
		list = append(list, s)
	}
	for _, o := range all {
		id, ok := m.Objects[o.sum]
		if !ok {
			rest = append(rest, o)
			continue
		}
		c := byID[id]
		if c == nil {
			return nil, nil, fmt.Errorf("content metadata: object %s belongs to unknown component %s", o.sum, limitText(id))
		}
		_, size, err := r.StatFile(o.sum)
		if err != nil {
			return nil, nil, err
		}
		c.size += size
		c.objects = append(c.objects, o)
	}
	return list, rest, nil
}

// chunkPlan is the layer of some components.
func chunkPlan(bin []*sizedComponent) *layerPlan {
	p := &layerPlan{name: chunkName(bin)}
	for _, c := range bin {
		p.components = append(p.components, c.name())
		p.objects = append(p.objects, c.objects...)
	}
	slices.Sort(p.components)
	sortContents(p.objects)
	return p
}

// chunkName describes a layer in the image's history.
func chunkName(bin []*sizedComponent) string {
	switch {
	case len(bin) == 0:
		return newComponents
	case len(bin) > 5:
		return fmt.Sprintf("%d components", len(bin))
	}
	ids := make([]string, len(bin))
	for i, c := range bin {
		ids[i] = c.ID
	}
	return strings.Join(ids, " and ")
}

func joinComponents(c []string) string { return strings.Join(c, string(componentSeparator)) }

// priorBins arranges the components as the layers of an earlier image; what is new goes into the last.
func priorBins(components []*sizedComponent, prior *v1.Manifest) ([][]*sizedComponent, error) {
	byName := map[string][]*sizedComponent{}
	for _, c := range components {
		byName[c.name()] = append(byName[c.name()], c)
	}
	bins := make([][]*sizedComponent, len(prior.Layers)-1)
	for i, l := range prior.Layers[1:] {
		list, ok := l.Annotations[LabelComponents]
		if !ok {
			return nil, fmt.Errorf("Missing %s on prior build", LabelComponents)
		}
		for _, name := range splitComponents(list) {
			bins[i] = append(bins[i], byName[name]...)
			delete(byName, name)
		}
	}
	last := len(bins) - 1
	for _, c := range components {
		if _, isNew := byName[c.name()]; isNew {
			bins[last] = append(bins[last], c)
		}
	}
	return bins, nil
}
