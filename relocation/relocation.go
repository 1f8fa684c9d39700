// Package relocation moves a tenant, whole, out of one installation and into
// another, in open formats, and removes it with proof that nothing of it is
// left.
//
// A parcel is a ZIP file: one file of JSON lines per table, the objects as they
// lie in the store, and a signed manifest that names and measures all of them.
// What belongs to the installation and not to the tenant stays where it is: see
// leftOut.
package relocation

import (
	"time"

	"github.com/google/uuid"

	"hetu/audit"
	"hetu/fault"
	"hetu/storage"
	"hetu/tenant"
)

// Format is how a parcel is laid out. Another layout has another name.
const Format = "hetu-tenant/1"

// What can be in the way of a relocation.
var (
	ErrNoTenant   = fault.New(fault.NotFound, "relocation.no_tenant")
	ErrFile       = fault.New(fault.Invalid, "relocation.file")        // not a parcel, or not a whole one; meta: entry
	ErrSignature  = fault.New(fault.Invalid, "relocation.signature")   // nobody we trust signed it
	ErrSchema     = fault.New(fault.Conflict, "relocation.schema")     // made by another version of the schema
	ErrPresent    = fault.New(fault.Conflict, "relocation.present")    // the tenant, or its address, is here already
	ErrParent     = fault.New(fault.Invalid, "relocation.parent")      // no such tenant to put it below
	ErrReferences = fault.New(fault.Invalid, "relocation.references")  // rows name rows that are not in the parcel; meta: constraint, rows
	ErrDifferent  = fault.New(fault.Internal, "relocation.different")  // what was read back is not what was sent; meta: table
	ErrUndecided  = fault.New(fault.Internal, "relocation.undecided")  // nobody said whether a table goes along; meta: table
	ErrActive     = fault.New(fault.Conflict, "relocation.active")     // only a suspended tenant is removed
	ErrBelow      = fault.New(fault.Conflict, "relocation.below")      // there are tenants below it; meta: tenants
	ErrChanged    = fault.New(fault.Conflict, "relocation.changed")    // the tenant is not what the parcel holds; meta: table
	ErrOperators  = fault.New(fault.Unauthenticated, "relocation.two") // it takes two operators who prove who they are
	ErrLeft       = fault.New(fault.Internal, "relocation.left")       // something is left; meta: table, rows
)

// A House is an installation, as its keeper sees it.
type House struct {
	Owner   *tenant.DB // as a superuser of the database
	DB      *tenant.DB // as the application
	Store   storage.Store
	Staging *storage.Staging
	Key     audit.Key
	Trusted []string // public halves of the keys whose parcels are taken, in base64, besides its own
	Version string
}

// A Unit is the tenant a parcel holds.
type Unit struct {
	ID        uuid.UUID  `json:"id" db:"id"`
	Slug      string     `json:"slug" db:"slug"`
	Name      string     `json:"name" db:"name"`
	ShortName string     `json:"short_name" db:"short_name"`
	Kind      string     `json:"kind" db:"kind"`
	State     string     `json:"state" db:"state"`
	Reason    string     `json:"reason" db:"reason"`
	ReadOnly  bool       `json:"read_only" db:"read_only"`
	OpenedAt  *time.Time `json:"opened_at" db:"opened_at"`
	CreatedAt time.Time  `json:"created_at" db:"created_at"`
	Group     string     `json:"group" db:"group_slug"`
	GroupName string     `json:"group_name" db:"group_name"`
	Parent    *string    `json:"parent" db:"parent"` // slug of the tenant above
}

// A Manifest says what a parcel holds. Its digests do not depend on where the
// installation keeps objects, so two installations with the same tenant have
// the same ones.
type Manifest struct {
	Format    string            `json:"format"`
	Version   string            `json:"version"` // of the program that wrote it
	Schema    string            `json:"schema"`  // SHA-256 over the migrations that were applied
	At        time.Time         `json:"at"`
	By        string            `json:"by"`
	Tenant    Unit              `json:"tenant"`
	Tables    []Table           `json:"tables"`
	Accounts  int               `json:"accounts"`
	Passwords bool              `json:"passwords"` // hashes of passwords go along
	Jobs      int               `json:"jobs"`      // that were still to be done
	Objects   Objects           `json:"objects"`
	LeftOut   map[string]string `json:"left_out"` // table: why it does not go along
	Entries   []Entry           `json:"entries"`  // every file of the parcel but the manifest
}

// A Table is what a parcel holds of one table.
type Table struct {
	Name   string `json:"name"` // schema.table
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // over the rows in the order of their keys, objects named by their digests
}

// Objects is what a parcel holds of the object store.
type Objects struct {
	Count  int    `json:"count"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // over digest, size, type and retention of each, sorted
}

// An Entry is one file of a parcel.
type Entry struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// signedAs keeps the signature of a manifest apart from all others of a key.
const (
	signedAs    = "tenant parcel"
	certifiedAs = "tenant removal"
)
