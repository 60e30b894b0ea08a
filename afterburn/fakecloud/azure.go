package fakecloud

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strings"
)

const (
	headerCertificate = "X-Ms-Guest-Agent-Public-X509-Cert"
	wireServer        = "168.63.129.16"
	textXML           = "text/xml; charset=utf-8"
	goalState         = "/machine/?comp=goalstate"
	certificatesURL   = "/machine/c0ffee/feed.vm7?comp=certificates&incarnation=7"
)

// azureLease is what networkd notes of a lease with option 245.
const azureLease = "SERVER_ADDRESS=168.63.129.16\nOPTION_245=a83f8110\n"

func azureAddresses() []string { return []string{wireServer + ":80", linkLocal} }

// azureType is the Content-Type of the two services: XML of the one, text and
// JSON of the other.
func azureType(path, body string) string {
	if !isIMDS(path) {
		return textXML
	}
	if looksLikeJSON(body) {
		return "application/json; charset=utf-8"
	}
	return textPlain
}

// isIMDS tells the paths of the instance metadata service from those of the
// wire server.
func isIMDS(path string) bool {
	return strings.HasPrefix(path, "/metadata/") || strings.HasPrefix(path, "/Microsoft.Compute/")
}

// checkAzure is the wire server and the instance metadata service, each known
// by its paths. A request for one that was sent to the other's address finds
// nothing.
func checkAzure(c *Cloud, w http.ResponseWriter, r *http.Request) bool {
	imds := isIMDS(r.URL.Path)
	switch host := strings.TrimSuffix(r.Host, ":80"); {
	case imds && host == wireServer, !imds && host == strings.TrimSuffix(linkLocal, ":80"):
		c.notFound(w)
		return true
	case imds:
		return c.checkIMDS(w, r)
	}
	return c.checkWire(w, r)
}

// imdsVersions are the API versions of Azure's public regions.
var imdsVersions = []string{
	"2017-03-01", "2017-04-02", "2017-08-01", "2017-10-01", "2017-12-01", "2018-02-01", "2018-04-02", "2018-10-01",
	"2019-02-01", "2019-03-11", "2019-04-30", "2019-06-01", "2019-06-04", "2019-08-01", "2019-08-15", "2019-11-01",
	"2020-06-01", "2020-07-15", "2020-09-01", "2020-10-01", "2020-12-01", "2021-01-01", "2021-02-01", "2021-03-01",
	"2021-05-01", "2021-10-01", "2021-11-01", "2021-11-15", "2021-12-13", "2023-07-01", "2023-11-15",
}

// imdsSince tells the version in which a field appeared.
func imdsSince(path string) string {
	switch {
	case strings.Contains(path, "/compute/osProfile"):
		return "2020-07-15"
	case strings.Contains(path, "/compute/publicKeys"):
		return "2018-04-02"
	}
	return ""
}

func (c *Cloud) checkIMDS(w http.ResponseWriter, r *http.Request) bool {
	fail := func(status int, message string) bool {
		body, _ := json.Marshal(map[string]any{"error": message, "newest-versions": imdsVersions[len(imdsVersions)-3:]})
		reply(w, status, "application/json; charset=utf-8", string(body))
		return true
	}
	if forwarded(r, "X-Forwarded-For") {
		return fail(http.StatusBadRequest, "Bad request. Request was forwarded")
	}
	if !strings.EqualFold(r.Header.Get("Metadata"), "true") {
		return fail(http.StatusBadRequest, "Bad request. Required metadata header not specified")
	}
	if readOnly(w, r) {
		return true
	}
	version := r.URL.Query().Get("api-version")
	if version == "" {
		return fail(http.StatusBadRequest, "Bad request. api-version was not specified in the request. For more information refer to aka.ms/azureimds")
	}
	if !slices.Contains(imdsVersions, version) {
		return fail(http.StatusBadRequest, "Bad request. api-version is invalid or was not specified in the request.")
	}
	if version < imdsSince(r.URL.Path) {
		return fail(http.StatusNotFound, "Not found")
	}
	// A leaf is text and cannot be had as JSON, the default.
	if h, d, ok := c.lookup(r); ok && h == nil {
		text := r.URL.Query().Get("format") == "text"
		if text == looksLikeJSON(d.Body) {
			return fail(http.StatusBadRequest, "Bad request. The format does not fit this node")
		}
	}
	return false
}

func (c *Cloud) checkWire(w http.ResponseWriter, r *http.Request) bool {
	comp := r.URL.Query().Get("comp")
	if v := r.Header.Get("X-Ms-Version"); comp != "versions" && v != "2012-11-30" && v != "2015-04-05" {
		reply(w, http.StatusBadRequest, textXML, wireError("InvalidHeader", "The x-ms-version header is missing or names an unknown version."))
		return true
	}
	if r.URL.Path == "/machine/" && comp == "health" {
		return c.health(w, r)
	}
	if comp == "certificates" && c.hasCertificates() && r.Method == http.MethodGet {
		return c.certificates(w, r)
	}
	return readOnly(w, r)
}

func wireError(code, message string) string {
	return `<?xml version="1.0" encoding="utf-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`
}

// goal is what the checks need of a goal state.
type goal struct {
	Incarnation string
	Container   struct {
		ContainerID      string `xml:"ContainerId"`
		RoleInstanceList struct {
			RoleInstance []struct {
				InstanceID string `xml:"InstanceId"`
			}
		}
	}
}

// report is a health report.
type report struct {
	XMLName     xml.Name `xml:"Health"`
	Incarnation string   `xml:"GoalStateIncarnation"`
	Container   struct {
		ContainerID      string `xml:"ContainerId"`
		RoleInstanceList struct {
			Role []struct {
				InstanceID string `xml:"InstanceId"`
				State      string `xml:"Health>State"`
			}
		}
	}
}

// health takes a report of an instance of the goal state and refuses others.
func (c *Cloud) health(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPost {
		methodNotAllowed(w, "POST")
		return true
	}
	bad := func(message string) bool {
		reply(w, http.StatusBadRequest, textXML, wireError("InvalidInput", message))
		return true
	}
	if !hasType(r, "text/xml") {
		return bad("The report is not text/xml.")
	}
	var rep report
	body, err := io.ReadAll(r.Body)
	if err != nil || xml.Unmarshal(body, &rep) != nil || len(rep.Container.RoleInstanceList.Role) != 1 {
		return bad("The report is not well-formed.")
	}
	var g goal
	if d, ok := c.Document(goalState); ok && xml.Unmarshal([]byte(d.Body), &g) == nil {
		role := rep.Container.RoleInstanceList.Role[0]
		known := slices.ContainsFunc(g.Container.RoleInstanceList.RoleInstance, func(i struct {
			InstanceID string `xml:"InstanceId"`
		}) bool {
			return i.InstanceID == role.InstanceID
		})
		switch {
		case rep.Incarnation != g.Incarnation:
			return bad("The incarnation is not the current one.")
		case rep.Container.ContainerID != g.Container.ContainerID || !known:
			return bad("The report is about another instance.")
		case role.State != "Ready" && role.State != "NotReady":
			return bad("The state is not known.")
		}
	}
	reply(w, http.StatusOK, textXML, "")
	return true
}

const azureVersions = `<?xml version="1.0" encoding="utf-8"?><Versions><Preferred><Version>2015-04-05</Version></Preferred><Supported><Version>2015-04-05</Version><Version>2012-11-30</Version><Version>2012-09-15</Version></Supported></Versions>`

func exampleAzure(c *Cloud) {
	c.Set("/?comp=versions", azureVersions)
	c.setGoalState("")
	c.Set("/machine/c0ffee/feed.vm7?comp=config&type=sharedConfig&incarnation=7", `<SharedConfig><Incarnation number="7" instance="vm7"/><Instances><Instance id="vm7" address="10.2.0.4"><InputEndpoints><Endpoint name="ssh" loadBalancedPublicAddress="203.0.113.44:22"/></InputEndpoints></Instance></Instances></SharedConfig>`)
	c.setAll("/metadata/instance/compute/",
		"vmSize", "Standard_B2s",
		"name", "vm7",
		"publicKeys", `[{"keyData":"`+opsKey+`\r\n","path":"/home/core/.ssh/authorized_keys"}]`,
		"osProfile/adminUsername", "core",
	)
}

// setGoalState files the example's goal state with more elements in its
// configuration.
func (c *Cloud) setGoalState(configuration string) {
	c.Set(goalState, `<GoalState><Incarnation>7</Incarnation><Container><ContainerId>c0ffee00-0000-4000-8000-000000000001</ContainerId><RoleInstanceList><RoleInstance><InstanceId>feed.vm7</InstanceId><Configuration><SharedConfig>http://168.63.129.16/machine/c0ffee/feed.vm7?comp=config&amp;type=sharedConfig&amp;incarnation=7</SharedConfig>`+configuration+`</Configuration></RoleInstance></RoleInstanceList></Container></GoalState>`)
}
