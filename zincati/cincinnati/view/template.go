package view

import "html/template"

var pageTemplate = template.Must(template.New("graph").Parse(`
<section class="card" aria-labelledby="choose">
<h2 id="choose" class="visually-hidden">Graph and moment</h2>
{{- if .Problem}}
<p class="notice bad" role="alert">{{.Problem}}</p>
{{- end}}
<form class="choose" method="get">
<label>Stream <select name="stream">{{range .Streams}}<option value="{{.Value}}"{{if .Selected}} selected{{end}}>{{.Text}}</option>{{end}}</select></label>
<label>Architecture <select name="basearch">{{range .Basearchs}}<option value="{{.Value}}"{{if .Selected}} selected{{end}}>{{.Text}}</option>{{end}}</select></label>
<label>Payload <select name="oci">{{range .Schemes}}<option value="{{.Value}}"{{if .Selected}} selected{{end}}>{{.Text}}</option>{{end}}</select></label>
<label class="wide">At (UTC; empty: now) <input type="datetime-local" name="at" value="{{.Input}}"></label>
{{- if .Request.Expand}}
<input type="hidden" name="all" value="1">
{{- end}}
<button class="wide">Show</button>
</form>
<ul class="links" aria-label="Moments worth a look">
{{- range .Quick}}
<li><a href="{{.Href}}"{{if .Current}} aria-current="true"{{end}}>{{.Text}}</a></li>
{{- end}}
</ul>
<hr>
<dl class="facts">
<div><dt>Shown</dt><dd>{{.Shown}}</dd></div>
<div><dt>Last refreshed</dt><dd>{{.Refreshed}}</dd></div>
{{- if .HasGraph}}
<div><dt>Size</dt><dd>{{.Releases}}, {{.Edges}}</dd></div>
{{- end}}
</dl>
{{- if .Odd}}
<p class="notice warn">{{.Odd}} edges are not shown: they are doubled, lead to themselves or to releases that do not exist.</p>
{{- end}}
</section>
{{- if .HasGraph}}
<div class="split">
<section class="card part-top" aria-labelledby="rollouts">
<h2 id="rollouts">Rollouts</h2>
{{- if .Rollouts}}
<ul class="stack-list">
{{- range .Rollouts}}
<li>
<p class="line"><strong class="mono">{{.Version}}</strong>{{range .Marks}} <span class="badge {{.Class}}">{{.Text}}</span>{{end}} <span class="push">{{.Percent}}</span></p>
<progress value="{{printf "%.4f" .Share}}" aria-label="{{.Version}}: {{.Percent}} of the nodes">{{.Percent}}</progress>
<p class="small">{{.State}}{{if .Start}} · <span class="muted">{{if .End}}{{.Start}} to {{.End}} ({{.Length}}){{else}}since {{.Start}}{{end}}</span>{{end}}</p>
</li>
{{- end}}
</ul>
{{- else}}
<p class="muted">No release is being rolled out.</p>
{{- end}}
{{- if .MoreRollouts}}
<p class="muted">{{.MoreRollouts}} older ones are not listed.</p>
{{- end}}
</section>
<section class="card part-side" aria-labelledby="picture">
<h2 id="picture">Picture</h2>
<details class="small"><summary>How to read it</summary>
<ul class="legend">
{{- range .Legend}}
<li>{{.Symbol}}<span>{{.Text}}</span></li>
{{- end}}
</ul>
<p class="muted narrow">The newest release is at the top. A line gathers the releases at its dots, which may go directly to the one at its arrow. Dashed: not open yet.</p>
</details>
<div class="scroll" tabindex="0" role="region" aria-label="Picture of the graph, scrolls">
{{.Picture}}</div>
<p class="small"><a href="{{.Toggle}}">{{if .Request.Expand}}Fold runs of equal releases{{else}}Draw every release{{end}}</a></p>
</section>
<section class="card part-rest" aria-labelledby="releases">
<h2 id="releases">Releases</h2>
{{.Table}}
{{- if .Omitted}}
<p class="notice warn">{{.Omitted}}</p>
{{- end}}
</section>
</div>
{{- end}}
`))

// rowTemplate is a row of the table; rows are written one by one, so that the
// size of the page can be watched.
var rowTemplate = template.Must(template.New("row").Parse(`
{{- define "payload"}}{{if .Payload}}<details class="small"><summary class="mono nobreak" aria-label="Payload of {{.Version}}: {{.PayloadShort}}">{{.PayloadShort}}</summary><code>{{.Payload}}</code></details>{{else}}<span class="muted">none</span>{{end}}{{end}}
{{- define "single"}}<tr>
<th scope="row" class="mono{{if .Short}} nobreak{{end}}">{{.Version}}</th>
<td class="num" data-label="Index">{{.Index}}</td>
<td{{if .Marks}} data-label="Marks"{{end}}>{{if .Marks}}<div>{{range .Marks}}<span class="badge {{.Class}}">{{.Text}}</span> {{end}}{{range .Reasons}}<p class="small">{{.}}</p>{{end}}</div>{{end}}</td>
<td data-label="May go to"><div>{{range .Next}}<div class="mono{{if $.Short}} nobreak{{end}}">{{.}}</div>{{end}}{{if .MoreNext}}<span class="muted small">and {{.MoreNext}} more</span>{{end}}{{if not .Next}}<span class="muted">nowhere</span>{{end}}</div></td>
<td data-label="Payload">{{template "payload" .}}</td>
</tr>
{{end}}
{{- define "open"}}<tr>
<td colspan="5"><details><summary>{{.Count}}, <span class="mono">{{.First}}</span> to <span class="mono">{{.Last}}</span></summary>
<p class="small muted">Each may go to {{range .Next}}<span class="mono">{{.}}</span> {{else}}no other{{end}}{{if .MoreNext}}and {{.MoreNext}} more{{end}}</p>
<ul class="plain">
{{end}}
{{- define "member"}}<li><span class="mono">{{.Version}}</span> <span class="muted small">index {{.Index}}</span> {{template "payload" .}}</li>
{{end}}
{{- define "close"}}</ul>
{{- if .}}<p class="small muted">{{.}}</p>{{end}}</details></td>
</tr>
{{end}}`))
