// Command lockload asks a FleetLock server as fast as it answers and prints
// how many replies came per second. It speaks just enough HTTP/1.1 to keep
// connections alive, so that most of the machine is left for the server.
//
//	lockload -mode durable -clients 32 -seconds 10 127.0.0.1:9090
//
// durable: each client takes a slot and gives it back, again and again; the
// group needs as many slots as there are clients. refused: all clients ask for
// a slot of a group that is full.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

func main() {
	mode := flag.String("mode", "durable", "durable or refused")
	clients := flag.Int("clients", 32, "connections")
	seconds := flag.Int("seconds", 10, "length of the run")
	group := flag.String("group", "default", "group to ask for")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: lockload [flags] HOST:PORT")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *mode, *group, *clients, time.Duration(*seconds)*time.Second); err != nil {
		fmt.Fprintln(os.Stderr, "lockload:", err)
		os.Exit(1)
	}
}

// result is what one connection saw.
type result struct {
	times []time.Duration
	err   error
}

func run(addr, mode, group string, clients int, length time.Duration) error {
	want := "200"
	if mode == "refused" {
		want = "500"
	}
	results := make([]result, clients)
	end := time.Now().Add(length)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			id := fmt.Sprintf("%032x", i+1)
			requests := [][]byte{request(addr, "pre-reboot", group, id)}
			if mode != "refused" {
				requests = append(requests, request(addr, "steady-state", group, id))
			}
			results[i] = ask(addr, requests, want, end)
		})
	}
	all.Wait()
	var times []time.Duration
	for _, r := range results {
		if r.err != nil {
			return r.err
		}
		times = append(times, r.times...)
	}
	slices.Sort(times)
	if len(times) == 0 {
		return errors.New("no reply")
	}
	fmt.Printf("%-8s %3d clients: %7.0f replies/s, median %v, 99%% %v, slowest %v\n", mode, clients,
		float64(len(times))/length.Seconds(), times[len(times)/2].Round(time.Microsecond),
		times[len(times)*99/100].Round(time.Microsecond), times[len(times)-1].Round(time.Microsecond))
	return nil
}

func request(host, api, group, id string) []byte {
	body := fmt.Sprintf(`{"client_params":{"id":%q,"group":%q}}`, id, group)
	return fmt.Appendf(nil, "POST /v1/%s HTTP/1.1\r\nHost: %s\r\nfleet-lock-protocol: true\r\nContent-Length: %d\r\n\r\n%s", api, host, len(body), body)
}

// ask repeats the requests in turn until the time is over; an even number of
// them, so that every lock is given back.
func ask(addr string, requests [][]byte, want string, end time.Time) (r result) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return result{err: err}
	}
	defer conn.Close()
	replies := bufio.NewReader(conn)
	for time.Now().Before(end) {
		for _, req := range requests {
			start := time.Now()
			if _, err := conn.Write(req); err != nil {
				return result{err: err}
			}
			status, err := readReply(replies)
			if err == nil && status != want {
				err = fmt.Errorf("status %s instead of %s", status, want)
			}
			if err != nil {
				return result{err: err}
			}
			r.times = append(r.times, time.Since(start))
		}
	}
	return r
}

// readReply reads one reply with a Content-Length and returns its status.
func readReply(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	if len(line) < 12 {
		return "", errors.New("a malformed status line")
	}
	status := string(line[9:12])
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return "", err
			}
		}
	}
	_, err = io.CopyN(io.Discard, r, int64(length))
	return status, err
}
