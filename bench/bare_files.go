package main

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"hetu/storage"
)

// upload streams a body straight into an object store like the product's.
func (b *bare) upload(c *fiber.Ctx) error {
	body := c.Context().RequestBodyStream()
	if body == nil {
		body = bytes.NewReader(c.Body())
	}
	o, err := b.store.Put(c.Context(), uuid.MustParse(c.Query("t")), body, storage.PutOptions{Size: int64(c.Request().Header.ContentLength()), Type: "application/pdf"})
	if err != nil {
		return err
	}
	return c.JSON(o)
}

// download streams an object straight out of it.
func (b *bare) download(c *fiber.Ctx) error {
	ref := storage.Ref{Tenant: uuid.MustParse(c.Query("t")), Key: c.Query("key"), Version: c.Query("version")}
	digest, err := storage.ParseDigest(c.Query("sha256"))
	if err != nil {
		return err
	}
	size := c.QueryInt("size")
	body, err := b.store.Open(c.Context(), ref, storage.Want{SHA256: digest, Size: int64(size)})
	if err != nil {
		return err
	}
	return c.SendStream(body, size)
}
