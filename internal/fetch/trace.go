package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

func (c *Client) tracef(format string, args ...any) {
	if c.opt.Trace != nil {
		c.opt.Trace(fmt.Sprintf(format, args...) + "\n")
	}
}

// dial is Options.Dial, announced. It makes sure that the errors of a replaced Dial are seen
// as those of connecting.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := c.opt.Dial(ctx, network, addr)
	if err != nil {
		c.tracef("* connect to %s failed: %s", addr, boundText(err.Error()))
		if _, ok := errors.AsType[*net.OpError](err); !ok {
			err = &net.OpError{Op: "dial", Net: network, Err: err}
		}
		return nil, err
	}
	c.tracef("* connected to %s (%v)", addr, nc.RemoteAddr())
	return nc, nil
}

func (c *Client) traceRequest(h *hop, own []field) {
	if c.opt.Trace == nil {
		return
	}
	lines := []string{fmt.Sprintf("%s %s", h.method, boundText(h.target.u.RequestURI())), "Host: " + h.target.u.Host}
	c.opt.Trace(traceBlock("> ", lines, c.base.with(own)))
}

func (c *Client) traceResponse(r *http.Response) {
	if c.opt.Trace == nil {
		return
	}
	c.opt.Trace(traceBlock("< ", []string{r.Proto + " " + boundText(r.Status)}, r.Header))
}

// traceBlock formats a header, sorted, with secrets blotted out.
func traceBlock(prefix string, lines []string, h http.Header) string {
	for k, vs := range h {
		for _, v := range vs {
			if isSecretHeader(k) {
				v = "[redacted]"
			}
			lines = append(lines, k+": "+boundText(v))
		}
	}
	first := 1
	if prefix == "> " {
		first = 2
	}
	slices.Sort(lines[first:])
	return prefix + strings.Join(lines, "\n"+prefix) + "\n"
}
