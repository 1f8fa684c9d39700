package app_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hetu/app"
	"hetu/tenant/tenanttest"
)

// TestStartRefuses starts a node with everything in order, and then with one
// thing that makes it unsafe: it says which and does not start (OP-01). On the
// schema of a newer program it does (OP-03).
func TestStartRefuses(t *testing.T) {
	t.Parallel()
	right := func(name string) app.Config {
		at := func(role string) string {
			u, err := url.Parse(tenanttest.URL(t, role))
			must(t, err)
			if name != "" {
				u.Path = "/" + name
			}
			return u.String()
		}
		return app.Config{BaseURL: "http://127.0.0.1", DatabaseURL: at("hetu_app"), OperatorURL: at("hetu_operator"),
			Conns: 2, Store: "fs", DataDir: t.TempDir(), Tenants: 10}
	}
	begin := func(cfg app.Config) error {
		n, err := app.NewNode(context.Background(), cfg)
		if err == nil {
			must(t, n.Close())
		}
		return err
	}
	if err := begin(right("")); err != nil {
		t.Fatalf("with everything in order: %v", err)
	}
	const name, empty = "hetu_test_start", "hetu_test_start_empty"
	db := sandbox(t, name)
	for _, tt := range []struct{ change, says, undo string }{
		{`insert into migrations.checksums (line, file, sum, done) values ('publish', '9999_next.sql', 'x', true)`, "", // a newer program's
			`delete from migrations.checksums where file = '9999_next.sql'`},
		{`update migrations.checksums set done = false where line = 'org' and file = '0002_door.sql'`, "org/0002_door.sql",
			`update migrations.checksums set done = true where line = 'org'`},
		{`delete from migrations.checksums where line = 'console'`, "console/0001_usage.sql", `select 1`},
		{`alter table platform.groups owner to hetu_app`, "owns platform.groups", `alter table platform.groups owner to hetu_owner`},
		{`grant create on schema public to hetu_app`, "may create in schema public", `revoke create on schema public from hetu_app`},
	} {
		mustExec(t, db, tt.change)
		err := begin(right(name))
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("after %s: %v, want %q", tt.change, err, tt.says)
		}
		mustExec(t, db, tt.undo)
	}
	must(t, bare(t, empty))
	for name, tt := range map[string]struct {
		cfg  app.Config
		says string
	}{
		"no database":                   {with(right(""), func(c *app.Config) { c.DatabaseURL = "" }), "HETU_DATABASE_URL"},
		"no operators":                  {with(right(""), func(c *app.Config) { c.OperatorURL = "" }), "HETU_OPERATOR_URL"},
		"no word on encryption":         {with(right(""), func(c *app.Config) { c.DatabaseURL = strings.Split(c.DatabaseURL, "?")[0] }), "sslmode"},
		"a wrong password":              {with(right(""), func(c *app.Config) { c.DatabaseURL = strings.Replace(c.DatabaseURL, "hetu-test", "hetu", 1) }), "HETU_DATABASE_URL"},
		"a superuser":                   {with(right(""), func(c *app.Config) { c.DatabaseURL = tenanttest.URL(t, "") }), "superuser"},
		"a superuser for the operators": {with(right(""), func(c *app.Config) { c.OperatorURL = tenanttest.URL(t, "") }), "superuser"},
		"past row security":             {with(right(""), func(c *app.Config) { c.DatabaseURL = tenanttest.URL(t, "hetu_backup") }), "bypasses row security"},
		"an empty database":             {right(empty), "hetu migrate"},
		"a store that is none":          {with(right(""), func(c *app.Config) { c.Store = "s3" }), "storage"},
		"a key that is none":            {with(right(""), func(c *app.Config) { c.SecretKey = "x" }), "HETU_SECRET_KEY"},
		"an audit key that is none":     {with(right(""), func(c *app.Config) { c.AuditKey = "x" }), "HETU_AUDIT_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := begin(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hetu-test") {
				t.Errorf("= %v, want a refusal that says %q and no password", err, tt.says)
			}
		})
	}
	for off, ok := range map[time.Duration]bool{0: true, 50 * time.Second: true, -50 * time.Second: true, 90 * time.Second: false, -90 * time.Second: false} {
		if err := tenanttest.DB(t).CheckClock(t.Context(), time.Now().Add(off)); (err == nil) != ok {
			t.Errorf("with a clock that is off by %v: %v", off, err)
		}
	}
}

func with(c app.Config, change func(*app.Config)) app.Config {
	change(&c)
	return c
}

// bare makes a database in which nothing has been migrated.
func bare(t *testing.T, name string) error {
	t.Helper()
	admin, err := sql.Open("postgres", tenanttest.URL(t, ""))
	must(t, err)
	drop := `drop database if exists ` + name + ` with (force)`
	t.Cleanup(func() { _, _ = admin.Exec(drop); _ = admin.Close() })
	for _, s := range []string{drop, `create database ` + name, `revoke temporary on database ` + name + ` from public`} {
		if _, err := admin.Exec(s); err != nil {
			return err
		}
	}
	u, err := url.Parse(tenanttest.URL(t, ""))
	must(t, err)
	u.Path = "/" + name
	db, err := sql.Open("postgres", u.String())
	must(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec(`revoke create on schema public from public`)
	return err
}

// doors of other products, of debuggers, of set-up pages and of files that lie
// about: what those who look for a way in ask for first.
var strangeDoors = strings.Fields(`
	/debug/pprof /debug/pprof/ /debug/pprof/heap /debug/pprof/goroutine?debug=2 /debug/pprof/profile /debug/vars /debug/requests /metrics /metrics/ /-/metrics /prometheus
	/actuator /actuator/env /actuator/heapdump /actuator/health /actuator/gateway/routes /env /heapdump /trace /dump /health /healthz /status /server-status /server-info
	/swagger /swagger/ /swagger.json /swagger-ui.html /swagger-ui/index.html /v2/api-docs /v3/api-docs /api-docs /openapi.json /graphql /graphiql /playground /api/graphql /doc.html
	/.git /.git/ /.git/config /.git/HEAD /.gitignore /.svn/entries /.hg/ /.env /.env.local /.env.production /.DS_Store /.htaccess /.htpasswd /.idea/workspace.xml /.vscode/settings.json
	/.aws/credentials /.ssh/id_rsa /.well-known/openid-configuration /config.json /config.yml /config.yaml /application.yml /application.properties /settings.py /web.config /web.xml /WEB-INF/web.xml /META-INF/MANIFEST.MF
	/backup.sql /backup.zip /backup.tar.gz /db.sql /dump.sql /database.sqlite /www.zip /site.tar.gz /id_rsa /package.json /composer.json /go.mod /Dockerfile /docker-compose.yml /Makefile
	/seeyon/ /seeyon/index.jsp /seeyon/thirdpartyController.do /seeyon/htmlofficeservlet /seeyon/ajax.do /seeyon/management/status.jsp /seeyon/autoinstall.do /seeyon/rest/orgMembers /seeyon/wpsAssistServlet
	/weaver/ /weaver/bsh.servlet.BshServlet /weaver/weaver.common.Ctrl /weaver/org.springframework.web.servlet.ResourceServlet /mobile/plugin/SyncUserInfo.jsp /mobile/DBconfigReader.jsp /cpt/manage/validate.jsp /api/ec/dev/table/counts /services/WorkflowServiceXml /page/exportImport/uploadOperation.jsp
	/general/login_code.php /general/index/UploadFile.php /ispirit/im/upload.php /ispirit/interface/gateway.php /mac/gateway.php /module/ueditor/php/action_upload.php /general/document/index.php /pda/auth.php /task/crm/
	/yyoa/ /yyoa/common/js/menu/test.jsp /yyoa/DownExcelBeanServlet /defaultroot/ /defaultroot/evoInterfaceServlet /defaultroot/officeserverservlet /jsoa/ /oaerp/ /C6/ /C6/JHSoft.Web.WorkFlat/ /ServiceAction /servlet/ /servlet/FileUpload /servlet/codesettree /servlet/~ic/bsh.servlet.BshServlet
	/landray/ /sys/ui/extend/varkind/custom.jsp /data/sys-common/treexml.tmpl /sys/search/sys_search_main/sysSearchMain.do /km/review/ /tplus/ /tplus/SM/SetupAccount/Upload.aspx /uapws/service /nc/ /ncchr/ /bsh.servlet.BshServlet /ajaxpro/ /KdEAS/ /easportal/
	/jeecg-boot/ /jeecg-boot/sys/common/static/ /sys/common/upload /sys/user/querySysUser /jmreport/qurestSql /prod-api/ /prod-api/system/user/list /admin-api/ /admin-api/infra/file/ /dev-api/ /druid/index.html /druid/login.html /druid/sql.html /nacos/ /nacos/v1/auth/users /xxl-job-admin/ /solr/admin/cores /hystrix /jolokia /jolokia/list
	/admin /admin/ /admin/login /admin.php /administrator/ /manager/html /console/login/LoginForm.jsp /wls-wsat/CoordinatorPortType /_async/AsyncResponseService /invoker/JMXInvokerServlet /jmx-console/ /web-console/ /phpmyadmin/ /pma/ /adminer.php /wp-login.php /wp-admin/ /xmlrpc.php /index.php /info.php /phpinfo.php /test.php /shell.jsp /cmd.jsp /upload.jsp /ueditor/controller.ashx /kindeditor/upload_json.jsp /ckfinder/ /fckeditor/ /cgi-bin/ /cgi-bin/test.cgi
	/setup /setup/ /install /install.php /installer /setup.cgi /init /api/setup /api/install /api/init /api/debug /api/test /api/admin /api/v1 /api/v1/users /api/user/list /api/config /api/upload /api/file/download /api/proxy?url=http://127.0.0.1/ /api/exec
	/minio/ /minio/health/live /minio/login /hetu /objects/ /files/ /uploads/ /static/ /data/ /tmp/ /logs/ /log/ /../etc/passwd /static/..%2f..%2fetc/passwd /assets/..%2f..%2fgo.mod /assets/%2e%2e/%2e%2e/go.mod /%2e%2e/%2e%2e/etc/passwd /..;/admin /api/..;/console /file:///etc/passwd
`)

// TestStrangeDoors asks for some two hundred of them, as nobody and as somebody
// who may everything: each is as missing as what nobody ever thought of, and
// what measures the server answers elsewhere (OP-04).
func TestStrangeDoors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if len(strangeDoors) < 200 {
		t.Fatalf("only %d doors", len(strangeDoors))
	}
	for _, p := range []*person{w.nobody(), w.a.chief} {
		for _, method := range []string{"GET", "POST"} {
			res, body := p.send(t, method, "/"+random(), nil, nil)
			missing := seen(res, body)
			for _, door := range strangeDoors {
				res, body := p.send(t, method, door, nil, nil)
				if got := seen(res, body); got != missing {
					t.Errorf("%s: %s %s = %s, want %s", p.name, method, door, got, missing)
				}
			}
		}
	}
}

// seen is what can be told of an answer: all but when it came, and its number.
func seen(res *http.Response, body []byte) string {
	h := res.Header.Clone()
	h.Del("Date")
	h.Del("X-Request-Id")
	var b strings.Builder
	_ = h.Write(&b)
	return res.Status + "\n" + b.String() + volatile.ReplaceAllString(string(body), "")
}
