package butane

import (
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/butane/internal/schema"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// quadlets adds the units of Podman as files; an instance is a link to its template.
func (t *translation) quadlets() {
	if len(t.src.Systemd.Quadlets) == 0 {
		return
	}
	n := newNodes(&t.cfg.Storage)
	all := report.Path{"systemd", "quadlets"}
	t.origins.set(report.Path{"storage"}, all)
	for i := range t.src.Systemd.Quadlets {
		q := &t.src.Systemd.Quadlets[i]
		at, dest := all.Append(i), quadletPath(q)
		if template, isInstance := quadletTemplate(q.Name); isInstance {
			t.instance(n, dest, template, at)
		} else {
			t.quadletFile(n, dest, q.Contents, q.ContentsLocal, at)
		}
		for i, d := range q.Dropins {
			t.quadletFile(n, dest+".d/"+d.Name, d.Contents, d.ContentsLocal, at.Append("dropins", i))
		}
	}
}

func quadletPath(q *schema.Quadlet) string {
	dir := "/etc/containers/systemd/users"
	if q.Rootful {
		dir = "/etc/containers/systemd"
	}
	return path.Join(dir, q.Name)
}

// quadletTemplate is the name of the template of an instance: x@.container of
// x@y.container.
func quadletTemplate(name string) (template string, isInstance bool) {
	at, dot := strings.IndexByte(name, '@'), strings.LastIndexByte(name, '.')
	if at < 0 || dot < 0 || at+1 == dot {
		return "", false
	}
	return name[:at+1] + name[dot:], true
}

func (t *translation) instance(n *nodes, dest, template string, at report.Path) {
	if n.exists(dest) {
		t.fail(at, errNodeExists)
		return
	}
	i := t.addLink(n, types.Link{
		Node:          types.Node{Path: dest},
		LinkEmbedded1: types.LinkEmbedded1{Target: &template},
	}, at)
	t.origins.set(report.Path{"storage", "links", i, "path"}, at.Append("name"))
}

func (t *translation) quadletFile(n *nodes, dest string, contents, local *string, at report.Path) {
	if n.exists(dest) {
		t.fail(at, errNodeExists)
		return
	}
	i := t.addFile(n, types.File{Node: types.Node{Path: dest}}, at)
	t.origins.set(report.Path{"storage", "files", i, "path"}, at.Append("name"))
	var body []byte
	var from report.Path
	if !isEmpty(local) {
		from = at.Append("contents_local")
		var err error
		if body, err = t.readLocal(*local); err != nil {
			t.fail(from, err.Error())
			return
		}
	}
	if !isEmpty(contents) {
		from, body = at.Append("contents"), []byte(*contents)
	}
	t.fill(n, i, body, 0o644, from, at)
}
