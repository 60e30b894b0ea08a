package etcdstore

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestPermanent(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{context.DeadlineExceeded, false},
		{errConflict, false},
		{errors.New("other"), false},
		{status.Error(codes.Unavailable, "etcdserver: leader changed"), false},
		{status.Error(codes.Unavailable, "etcdserver: no leader"), false},
		{status.Error(codes.ResourceExhausted, "etcdserver: too many requests"), false},
		{status.Error(codes.ResourceExhausted, "etcdserver: mvcc: database space exceeded"), true},
		{status.Error(codes.PermissionDenied, "etcdserver: permission denied"), true},
		{status.Error(codes.InvalidArgument, "etcdserver: request is too large"), true},
		{fmt.Errorf("reading: %w", &valueError{errEmptyValue}), true},
	} {
		if got := permanent(tc.err); got != tc.want {
			t.Errorf("permanent(%v) = %v", tc.err, got)
		}
	}
}
