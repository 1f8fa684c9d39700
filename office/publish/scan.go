package publish

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"hetu/tenant"
)

// ids are the ids of a path, read as jsonb.
type ids = list[uuid.UUID]

// list is a column of type jsonb that holds an array.
type list[T any] []T

// Scan implements sql.Scanner.
func (l *list[T]) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("publish: cannot read a list from %T", src)
	}
	*l = list[T]{}
	return json.Unmarshal(b, (*[]T)(l))
}

// touched says at which version each field last changed.
type touched map[string]int

// Scan implements sql.Scanner.
func (t *touched) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("publish: cannot read changes from %T", src)
	}
	return json.Unmarshal(b, (*map[string]int)(t))
}

// since returns the fields that changed after version.
func (t touched) since(version int) []string {
	fields := []string{}
	for f, v := range t {
		if v > version {
			fields = append(fields, f)
		}
	}
	return fields
}

// marks returns what to merge into a column of changes: the fields, at version.
func marks(fields []string, version int) string {
	m := map[string]int{}
	for _, f := range fields {
		m[f] = version
	}
	return tenant.JSON(m)
}
