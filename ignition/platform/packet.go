package platform

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ignition/resource"
)

const (
	packetMetadata = "https://metadata.packet.net"
	// packetStatusTimeout bounds what is only news for a web page: each of the two
	// requests would otherwise be tried for ever.
	packetStatusTimeout = time.Minute
)

// packet answers the usual Accept with "Not Acceptable".
var packet = service{header: http.Header{"Accept": {"*/*"}}, strict: true}

// postPacketStatus puts the outcome of a stage on the machine's timeline.
func postPacketStatus(ctx context.Context, e *env, stage string, outcome error) error {
	e.log.Info("POST message to Packet Timeline")
	raw, err := e.get(ctx, packetMetadata+"/metadata", &resource.GetOptions{
		Header: packet.header, Timeout: packetStatusTimeout,
	})
	if err != nil {
		return err
	}
	if len(raw) == 0 {
		return errors.New("fetch successful but fetched data empty")
	}
	var about struct {
		PhoneHomeURL string `json:"phone_home_url"`
	}
	if err := json.Unmarshal(raw, &about); err != nil {
		return err
	}
	body, err := json.Marshal(packetEvent(stage, outcome))
	if err != nil {
		return err
	}
	_, err = e.get(ctx, strings.TrimSuffix(about.PhoneHomeURL, "/phone-home")+"/events", &resource.GetOptions{
		Method:  http.MethodPost,
		Header:  http.Header{"Content-Type": {"application/json"}},
		Body:    body,
		Timeout: packetStatusTimeout,
	})
	return err
}

// packetMessage is an entry of the timeline.
type packetMessage struct {
	State   string `json:"state"`
	Message string `json:"message"`
}

func packetEvent(stage string, outcome error) packetMessage {
	if outcome != nil {
		return packetMessage{"failed", "[" + stage + "] Ignition error: " + outcome.Error()}
	}
	return packetMessage{"running", "[" + stage + "] Ignition status: finished successfully"}
}
