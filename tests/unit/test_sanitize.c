/* test_sanitize — what is masked before storage, and what must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/sanitize.h"

struct masked {
    const char *given, *stored;
};

static void check_masked(const struct masked *cases, size_t count)
{
    struct arena arena = {0};
    for (size_t i = 0; i < count; i++) {
        struct text text = text_from(cases[i].given);
        sanitize_text(sanitize_default_rules(), &text, &arena);
        if (!text_is(text, cases[i].stored)) {
            fail_msg("'%s' became '%.*s'", cases[i].given, TEXT_ARGS(text));
        }
    }
    arena_clear(&arena);
}

static void test_keys_of_secrets(void **state)
{
    (void)state;
    static const char *const secret[] = {
        "password",
        "db.password",
        "userPassword",
        "PASSWORD",
        "X-Api-Key",
        "apiKey",
        "api_key",
        "apikey",
        "access_token",
        "accessToken",
        "session_token",
        "client_secret",
        "Authorization",
        "set-cookie",
        "private_key",
        "aws.credential",
        "http.request.header.authorization",
        "PGPASSWORD",
        "DBPassword",
        "JWTToken",
        "XApiKey",
        "authtoken",
        "password2",
        "user[passwords]",
        "http.cookies",
        "secrets",
        "_csrf",
        "smtp.user.pass",
        "awsAccessKey",
        "passWord",
        "user_pass_word",
        "minio.secretkey",
        "api_keys",
        "apikeys",
    };
    static const char *const harmless[] = {
        "session.id",   "sessionId",   "session_id", "token_count",      "token.type",
        "key",          "cache.key",   "passenger",  "tokenizer",        "secretary",
        "cookieless",   "keyboard",    "user.id",    "llm.usage.tokens", "api.version",
        "private.note", "monkey_type", "",           "password.expires", "secretariat",
        "bypass",       "tokens",
    };
    const struct sanitize_rules *rules = sanitize_default_rules();
    for (size_t i = 0; i < ARRAY_LEN(secret); i++) {
        if (!sanitize_is_secret_key(rules, text_from(secret[i]))) {
            fail_msg("'%s' should be masked", secret[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
        if (sanitize_is_secret_key(rules, text_from(harmless[i]))) {
            fail_msg("'%s' should not be masked", harmless[i]);
        }
    }
}

static void test_more_keys_and_the_off_switch(void **state)
{
    (void)state;
    struct sanitize_rules rules = *sanitize_default_rules();
    assert_int_equal(sanitize_add_key(&rules, "ssn", NULL), ERR_OK);
    assert_int_equal(sanitize_add_key(&rules, "tax-id", NULL), ERR_OK);
    assert_int_equal(sanitize_add_key(&rules, "customer.*.name", NULL), ERR_OK);
    assert_true(sanitize_is_secret_key(&rules, TEXT("Customer.first.name")));
    assert_false(sanitize_is_secret_key(&rules, TEXT("customer.first")));
    assert_true(sanitize_is_secret_key(&rules, TEXT("user.ssn")));
    assert_true(sanitize_is_secret_key(&rules, TEXT("taxId")));
    assert_false(sanitize_is_secret_key(&rules, TEXT("tax")));

    struct arena arena = {0};
    struct attributes attributes = {0};
    attributes_add(&attributes, &arena, TEXT("password"), value_string(TEXT("x")));
    rules.off = true;
    assert_int_equal(sanitize_attributes(&rules, &attributes, &arena), 0);
    assert_true(text_is(attributes.items[0].value.text, "x"));
    arena_clear(&arena);
}

static void check_value(const struct sanitize_rules *rules, const char *given, const char *stored,
                        size_t count)
{
    struct arena arena = {0};
    struct text text = text_from(given);
    assert_int_equal(sanitize_text(rules, &text, &arena), count);
    if (!text_is(text, stored)) {
        fail_msg("'%.200s' became '%.*s'", given, TEXT_ARGS(text));
    }
    arena_clear(&arena);
}

static void test_expressions_of_the_user(void **state)
{
    (void)state;
    struct sanitize_rules rules = *sanitize_default_rules();
    assert_int_equal(sanitize_add_value(&rules, "[A-Z]{2}[0-9]{2}( ?[0-9]{4}){3,6}", NULL), ERR_OK);
    assert_int_equal(sanitize_add_value(&rules, "[a-z.]+@example\\.org", NULL), ERR_OK);
    check_value(&rules, "pay DE12 1234 5678 9012 now", "pay [MASKED] now", 1);
    check_value(&rules, "al.ice@example.org,bob@example.org", "[MASKED],[MASKED]", 2);
    check_value(&rules, "nothing here", "nothing here", 0);
    /* far into a long text, across the end of a piece */
    char given[4096], stored[4096];
    for (size_t before = 900; before < 1100; before++) {
        snprintf(given, sizeof given, "%0*d bob@example.org %01500d", (int)before, 0, 0);
        snprintf(stored, sizeof stored, "%0*d [MASKED] %01500d", (int)before, 0, 0);
        check_value(&rules, given, stored, 1);
    }
    sanitize_rules_clear(&rules);
}

static void test_wrong_rules_are_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *reason;
    } cases[] = {
        {"", NULL, "a key or a glob like customer.* expected"},
        {"**", NULL, "a key or a glob like customer.* expected"},
        {NULL, "[a-", "a [ is not closed"},
        {NULL, "a*", "the expression matches everything"},
        {NULL, "(a)\\1", "back-references like"},
        {NULL, "(a{100}){100}", "repeats more than"},
        {NULL, "(x|y)********************", "the expression matches everything"},
        {NULL, "[]+]{1000}[[:alpha:]]{1000}x", "repeats more than"},
    };
    struct sanitize_rules rules = *sanitize_default_rules();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err_msg why = {""};
        enum err err = cases[i].key != NULL ? sanitize_add_key(&rules, cases[i].key, &why)
                                            : sanitize_add_value(&rules, cases[i].value, &why);
        assert_int_not_equal(err, ERR_OK);
        if (strstr(why.text, cases[i].reason) == NULL) {
            fail_msg("'%s' does not say '%s'", why.text, cases[i].reason);
        }
    }
    assert_int_equal(rules.key_count + rules.value_count, 0);
    static const char long_one[] = "([a+]+)(b+)+(c|d)+e+f+(g)+(h)+(i)+(j)+(k)+[[:digit:]]{900}";
    assert_int_equal(sanitize_add_value(&rules, long_one, NULL), ERR_OK);
    for (size_t i = 0; i < SANITIZE_RULES_LARGEST; i++) {
        assert_int_equal(sanitize_add_key(&rules, "key", NULL), ERR_OK);
    }
    assert_int_equal(sanitize_add_key(&rules, "key", NULL), ERR_LIMIT);
    sanitize_rules_clear(&rules);
}

static void test_values_that_give_themselves_away(void **state)
{
    (void)state;
    static const struct masked cases[] = {
        {"Bearer abcdefghijklmnop", "[MASKED]"},
        {"bearer abcdefghijklmnop", "[MASKED]"},
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[MASKED]"},
        {"eyJ is how they begin, said the teacher", "eyJ is how they begin, said the teacher"},
        {"4111111111111111", "[MASKED]"},
        {"paid with 4111 1111 1111 1111, thanks", "paid with [MASKED], thanks"},
        {"card=5500-0000-0000-0004;", "card=[MASKED];"},
        {"4111111111111112", "4111111111111112"},
        {"1766012345678901234", "1766012345678901234"},
        {"order a4111111111111111", "order a4111111111111111"},
        {"2024-01-02T03:04:05.678901234", "2024-01-02T03:04:05.678901234"},
        {"SELECT * FROM bearer", "SELECT * FROM bearer"},
        {"https://h/p?a=1&token=abc&x=2#top", "https://h/p?a=1&token=[MASKED]&x=2#top"},
        {"GET /p?access_token=abc HTTP/1.1", "GET /p?access_token=[MASKED] HTTP/1.1"},
        {"?pwd=x", "?pwd=[MASKED]"},
        {"token=abc&user=bob", "token=[MASKED]&user=bob"},
        {"https://h/#id_token=a.b.c", "https://h/#id_token=[MASKED]"},
        {"https://s3/o?X-Amz-Signature=ff00&Sig=1",
         "https://s3/o?X-Amz-Signature=[MASKED]&Sig=[MASKED]"},
        {"see https://h?apiKey=k, <a href='/x?secret=s'>",
         "see https://h?apiKey=[MASKED] <a href='/x?secret=[MASKED]'>"},
        {"https://h/p?token_count=3&token=", "https://h/p?token_count=3&token="},
        {"postgres://bob:hunter2@db:5432/goals", "postgres://bob:[MASKED]@db:5432/goals"},
        {"http://bob@h/a:b@c", "http://bob@h/a:b@c"},
        {"http://[::1]:80/x?y=://", "http://[::1]:80/x?y=://"},
        {"WHERE a = ? AND token = ?", "WHERE a = ? AND token = ?"},
        /* in sentences and logs */
        {"login of bob password=hunter2 failed", "login of bob password=[MASKED] failed"},
        {"{Password:hunter2 User:bob}", "{Password:[MASKED] User:bob}"},
        {"password = hunter2\nuser = bob", "password = [MASKED]\nuser = bob"},
        {"Authorization: Basic Ym9iOmh1bnRlcg==\r\nAccept: */*",
         "Authorization: [MASKED]\r\nAccept: */*"},
        {"curl -H 'Proxy-Authorization: Bearer x' h", "curl -H 'Proxy-Authorization: [MASKED]' h"},
        {"Set-Cookie: sid=1; Path=/\r\nDate: now", "Set-Cookie: [MASKED]\r\nDate: now"},
        {"X-Api-Key: 9f86d081", "X-Api-Key: [MASKED]"},
        {"401 for Bearer 9f86d081884c", "401 for [MASKED]"},
        {"Basic Ym9iOmh1bnRlcg==", "[MASKED]"},
        {"Basic authentication is required", "Basic authentication is required"},
        {"the bearer 4 of them", "the bearer 4 of them"},
        {"expired: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln, renew", "expired: [MASKED], renew"},
        {"Unexpected token: '<' in JSON", "Unexpected token: '<' in JSON"},
        {"invalid token: expected a name", "invalid token: expected a name"},
        {"at token.js:10:5", "at token.js:10:5"},
        {"at Cookie::new2024", "at Cookie::new2024"},
        {"authorization: user bob may not read", "authorization: user bob may not read"},
        {"push with ghp_16C7e42F292c6912E7710c838347Ae178B4a", "push with [MASKED]"},
        {"k -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
         "k [MASKED]-----END RSA PRIVATE KEY-----"},
        {"4111 1111 1111 1111 12/25 123", "[MASKED] 12/25 123"},
        {"4111-1111-1111-1111-999", "[MASKED]-999"},
        /* JSON in a text, also twice */
        {"{\"password\":\"hunter2\",\"a\":1}", "{\"password\":\"[MASKED]\",\"a\":1}"},
        {"{\"password\" : 12345, \"token\":null}", "{\"password\" : [MASKED], \"token\":null}"},
        {"{\\\"apiKey\\\":\\\"x\\\\\\\"y\\\",\\\"b\\\":2}",
         "{\\\"apiKey\\\":\\\"[MASKED]\\\",\\\"b\\\":2}"},
        {"{\"cookies\":{\"sid\":\"}\"},\"b\":2}", "{\"cookies\":[MASKED],\"b\":2}"},
        {"{\\\"cookies\\\":{\\\"sid\\\":\\\"}\\\"},\\\"b\\\":2}",
         "{\\\"cookies\\\":[MASKED],\\\"b\\\":2}"},
        {"{'password': 'it\\'s', 'b': 2}", "{'password': '[MASKED]', 'b': 2}"},
        {"password='a b' user='c'", "password='[MASKED]' user='c'"},
        {"{:password=>\"x\"}", "{:password=>\"[MASKED]\"}"},
        {"{\"password\":\"cut off", "{\"password\":\"[MASKED]"},
        /* SQL */
        {"UPDATE users SET password = 'it''s', a = 'b'",
         "UPDATE users SET password = '[MASKED]', a = 'b'"},
        {"SELECT 1 WHERE u.token=N'abc' AND b='c'", "SELECT 1 WHERE u.token=N'[MASKED]' AND b='c'"},
        {"WHERE token=$1 AND secret=:secret AND pwd=?",
         "WHERE token=$1 AND secret=:secret AND pwd=?"},
        {"SET password = crypt('it''s)', gen_salt('bf')), a = f('x') WHERE pwd=MD5(\"b\")",
         "SET password = [MASKED], a = f('x') WHERE pwd=[MASKED]"},
        {"SET token = now(), pwd = upper(a), secret = md5('cut off",
         "SET token = now(), pwd = upper(a), secret = [MASKED]"},
        {"ALTER USER bob WITH PASSWORD 'hunter2' VALID UNTIL 'x'",
         "ALTER USER bob WITH PASSWORD '[MASKED]' VALID UNTIL 'x'"},
        {"create user bob identified by 'it''s', eve identified by ?, ann password '?'",
         "create user bob identified by '[MASKED]', eve identified by ?, ann password '?'"},
        {"PASSWORD 'cut off", "PASSWORD '[MASKED]"},
        {"Server=db;Password=hunter2;Timeout=3", "Server=db;Password=[MASKED];Timeout=3"},
        {"amqp://bob:hun@ter2@mq/x", "amqp://bob:[MASKED]@mq/x"},
        {"redis://:hunter2@cache:6379", "redis://:[MASKED]@cache:6379"},
        /* addresses as Go's drivers write them */
        {"bob:hunter2@tcp(db:3306)/goals?tls=true", "bob:[MASKED]@tcp(db:3306)/goals?tls=true"},
        {"open \"bob:p@ss:w=rd@unix(/run/my.sock)/goals\": refused",
         "open \"bob:[MASKED]@unix(/run/my.sock)/goals\": refused"},
        {"bob:x@tcp6([::1]:3306)/a eve:y@cloudsql-mysql(p:r:i)/b",
         "bob:[MASKED]@tcp6([::1]:3306)/a eve:[MASKED]@cloudsql-mysql(p:r:i)/b"},
        {"bob@tcp(db:3306)/goals", "bob@tcp(db:3306)/goals"},
        {"app.py:3:@cached(60)", "app.py:3:@cached(60)"},
        /* other signs than = */
        {"DELETE FROM s WHERE u = 1 AND token != 'abc'",
         "DELETE FROM s WHERE u = 1 AND token != '[MASKED]'"},
        {"WHERE token <> 'abc' AND pwd<>?", "WHERE token <> '[MASKED]' AND pwd<>?"},
        {"SET @password := 'abc'; token := \"abc\"",
         "SET @password := '[MASKED]'; token := \"[MASKED]\""},
        {"if (token != null || token !== other)", "if (token != null || token !== other)"},
        /* other blanks */
        {"{\"password\":\t\"abc\", \"token\":\r\n\"abc\"}",
         "{\"password\":\t\"[MASKED]\", \"token\":\r\n\"[MASKED]\"}"},
        {"WHERE token\t=\n  'abc'", "WHERE token\t=\n  '[MASKED]'"},
        {"password:\nuser1: bob", "password:\nuser1: bob"},
        /* passwords that look like placeholders, but stand in quotes */
        {"{\"password\":\"@abc\",\"token\":\":abc\",\"pwd\":\"?abc1\"}",
         "{\"password\":\"[MASKED]\",\"token\":\"[MASKED]\",\"pwd\":\"[MASKED]\"}"},
        {"SET password = '@abc', pwd = '?', token = '%s'",
         "SET password = '[MASKED]', pwd = '?', token = '%s'"},
        /* accounts in SQL, written in other ways */
        {"ROLE bob PASSWORD  'abc', eve password\nE'abc', ann IDENTIFIED BY \"abc\"",
         "ROLE bob PASSWORD  '[MASKED]', eve password\nE'[MASKED]', ann IDENTIFIED BY "
         "\"[MASKED]\""},
        {"USER bob IDENTIFIED WITH caching_sha2_password BY 'abc', eve identified with 'x' as "
         "'abc'",
         "USER bob IDENTIFIED WITH caching_sha2_password BY '[MASKED]', eve identified with 'x' as "
         "'[MASKED]'"},
        {"SET PASSWORD FOR 'bob'@'%' = 'abc'", "SET PASSWORD FOR 'bob'@'%' = '[MASKED]'"},
        {"SET PASSWORD FOR bob = PASSWORD('abc')", "SET PASSWORD FOR bob = PASSWORD('[MASKED]')"},
        {"SELECT PASSWORD('abc'), old_password(?)", "SELECT PASSWORD('[MASKED]'), old_password(?)"},
        {"identified with the badge by the door", "identified with the badge by the door"},
        {"le password n'est pas correct", "le password n'est pas correct"},
        /* quotes within a header */
        {"Cookie: a=\"b\"; sid=abc\nAccept: x", "Cookie: [MASKED]\nAccept: x"},
        {"Authorization: Digest username=\"bob\", response=\"abc\"", "Authorization: [MASKED]"},
        {"-H \"Authorization: Basic Ym9iOmh1bnRlcg=\" -o \"file\"",
         "-H \"Authorization: [MASKED]\" -o \"file\""},
        /* a scheme is no secret */
        {"authorization=Bearer abc level=info", "authorization=[MASKED] level=info"},
        {"at=1 authorization=Bearer abc level=info", "at=1 authorization=[MASKED] level=info"},
        /* an address in an address */
        {"/login?next=https%3A%2F%2Fh%2Fcb%3Faccess_token%3Dabc%26page%3D2&token_count%3D3",
         "/login?next=https%3A%2F%2Fh%2Fcb%3Faccess_token%3D[MASKED]%26page%3D2&token_count%3D3"},
        {"password%3dabc", "password%3d[MASKED]"},
        /* what stands for a value, with the type it is to have */
        {"SET password = $1::VARCHAR, token = %(token_1)s",
         "SET password = $1::VARCHAR, token = %(token_1)s"},
    };
    check_masked(cases, ARRAY_LEN(cases));
}

static void test_rows_under_the_names_of_their_columns(void **state)
{
    (void)state;
    static const struct masked cases[] = {
        {"INSERT INTO users (name, password) VALUES ('a', 'hunter2')",
         "INSERT INTO users (name, password) VALUES ('a', '[MASKED]')"},
        {"insert into users(password,name)values('it''s','a'), ( 'x)' , 'b' ),\n(NULL,'c') "
         "RETURNING id",
         "insert into users(password,name)values('[MASKED]','a'), ( '[MASKED]' , 'b' "
         "),\n(NULL,'c') "
         "RETURNING id"},
        {"REPLACE INTO `t` (`id`, `api_key`, `at`) VALUE (7, \"k\", now())",
         "REPLACE INTO `t` (`id`, `api_key`, `at`) VALUE (7, \"[MASKED]\", now())"},
        {"INSERT INTO [dbo].[Users] ([Id], [Pwd])\r\nVALUES (1, N'hunter2');\r\nSELECT 'a', 'b'",
         "INSERT INTO [dbo].[Users] ([Id], [Pwd])\r\nVALUES (1, N'[MASKED]');\r\nSELECT 'a', 'b'"},
        {"INSERT INTO t (cvv, a, token) VALUES (123, f('x', 2), crypt('hunter2', gen_salt('bf')))",
         "INSERT INTO t (cvv, a, token) VALUES ([MASKED], f('x', 2), [MASKED])"},
        {"INSERT INTO t (a, token) VALUES ($$,$$, $$it's$$), (E'\\'', E'\\'')",
         "INSERT INTO t (a, token) VALUES ($$,$$, [MASKED]), (E'\\'', E'[MASKED]')"},
        {"{\"q\":\"INSERT INTO t (\\\"token\\\", a) VALUES (\\\"x\\\\\\\"y\\\", \\\"b\\\")\"}",
         "{\"q\":\"INSERT INTO t (\\\"token\\\", a) VALUES (\\\"[MASKED]\\\", \\\"b\\\")\"}"},
        {"INSERT INTO a (b) VALUES ('c'); INSERT INTO d (e, secret) VALUES ('f', 'g')",
         "INSERT INTO a (b) VALUES ('c'); INSERT INTO d (e, secret) VALUES ('f', '[MASKED]')"},
        {"INSERT INTO t (a, password) VALUES ('b', '@abc')",
         "INSERT INTO t (a, password) VALUES ('b', '[MASKED]')"},
        {"SELECT 1 FROM s WHERE s.`token` IN ('abc', ?, 'it''s') AND name IN ('a', 'b')",
         "SELECT 1 FROM s WHERE s.`token` IN ('[MASKED]', ?, '[MASKED]') AND name IN ('a', 'b')"},
        {"where token not in('abc') or pwd in (SELECT pwd FROM t WHERE a = 'b')",
         "where token not in('[MASKED]') or pwd in (SELECT pwd FROM t WHERE a = 'b')"},
        {"a token in (it), a token within ('x')", "a token in (it), a token within ('x')"},
        {"INSERT INTO t (a, password) VALUES ('b', 'cut off",
         "INSERT INTO t (a, password) VALUES ('b', '[MASKED]"},
        /* nothing to mask */
        {"INSERT INTO t (a, password) VALUES (?, ?), ($1, $2::text), (:a, :password)",
         "INSERT INTO t (a, password) VALUES (?, ?), ($1, $2::text), (:a, :password)"},
        {"INSERT INTO t (a, password) VALUES (@p0, @p1), (%s, %(password_1)s::VARCHAR)",
         "INSERT INTO t (a, password) VALUES (@p0, @p1), (%s, %(password_1)s::VARCHAR)"},
        {"INSERT INTO t (a, password) VALUES (DEFAULT, s.password), (NULL, gen_secret())",
         "INSERT INTO t (a, password) VALUES (DEFAULT, s.password), (NULL, gen_secret())"},
        {"INSERT INTO t VALUES ('a', 'b')", "INSERT INTO t VALUES ('a', 'b')"},
        {"INSERT INTO t (token_count, a) VALUES (3, 'b', 'c')",
         "INSERT INTO t (token_count, a) VALUES (3, 'b', 'c')"},
        {"a token (it) values (don't)", "a token (it) values (don't)"},
        {"at f (password) at my_values ('x')", "at f (password) at my_values ('x')"},
        {"VALUES (", "VALUES ("},
        {"(password) VALUES (", "(password) VALUES ("},
        {"(password) VALUES ()", "(password) VALUES ()"},
    };
    check_masked(cases, ARRAY_LEN(cases));
}

static void test_sql_and_parameters(void **state)
{
    (void)state;
    char sql[1000];
    struct arena arena = {0};
    struct attributes attributes = {0};
    for (size_t i = 0; i < sizeof sql; i += 2) {
        memcpy(sql + i, "\xC3\xA4", 2);
    }
    struct value params = value_list(&arena);
    values_add(params.list, &arena, value_string(TEXT("short")));
    values_add(params.list, &arena, value_string(text_make(sql, 202)));
    attributes_add(&attributes, &arena, TEXT("sql"), value_string(text_make(sql, 998)));
    attributes_add(&attributes, &arena, TEXT("db.query.text"), value_string(text_make(sql, 1000)));
    attributes_add(&attributes, &arena, TEXT("params"), params);
    assert_int_equal(sanitize_attributes(sanitize_default_rules(), &attributes, &arena), 1);
    assert_int_equal(attributes.items[0].value.text.length, 998);
    assert_int_equal(attributes.items[1].value.text.length, 1000);
    assert_true(text_is(params.list->items[0].text, "short"));
    assert_true(text_is(params.list->items[1].text, "[TRUNCATED]"));

    struct attributes longer = {0};
    char *statement = arena_bytes(&arena, 600);
    memset(statement, 'x', 600);
    attributes_add(&longer, &arena, TEXT("db.statement"), value_string(text_make(statement, 600)));
    assert_int_equal(sanitize_attributes(sanitize_default_rules(), &longer, &arena), 1);
    assert_int_equal(longer.items[0].value.text.length, 503);
    assert_memory_equal(longer.items[0].value.text.data + 499, "x...", 4);
    arena_clear(&arena);
}

static void test_secrets_deep_inside(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct attributes attributes = {0};
    struct value variables = value_map(&arena);
    struct value secret = value_map(&arena);
    attributes_add(secret.map, &arena, TEXT("a"), value_int(1));
    attributes_add(variables.map, &arena, TEXT("email"), value_string(TEXT("a@b.c")));
    attributes_add(variables.map, &arena, TEXT("password"), value_int(12345));
    attributes_add(variables.map, &arena, TEXT("credentials"), secret);
    attributes_add(&attributes, &arena, TEXT("variables"), variables);
    assert_int_equal(sanitize_attributes(sanitize_default_rules(), &attributes, &arena), 2);
    struct text_buffer json = {0};
    attributes_append(&json, &attributes, SIZE_MAX);
    assert_string_equal(json.data, "{\"variables\":{\"email\":\"a@b.c\",\"password\":\"[MASKED]\","
                                   "\"credentials\":\"[MASKED]\"}}");
    text_buffer_free(&json);
    arena_clear(&arena);
}

/* A map may have people for keys: what is left of two of them may be one. */
static void test_keys_that_an_expression_of_the_user_matches(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct sanitize_rules rules = *sanitize_default_rules();
    assert_int_equal(sanitize_add_value(&rules, "[a-z]+@example\\.org", NULL), ERR_OK);
    struct attributes attributes = {0};
    struct value to = value_map(&arena);
    attributes_add(to.map, &arena, TEXT("bob@example.org"), value_int(1));
    attributes_add(to.map, &arena, TEXT("eve@example.org"), value_int(2));
    attributes_add(to.map, &arena, TEXT("cc ann@example.org"), value_int(3));
    attributes_add(&attributes, &arena, TEXT("to"), to);
    assert_int_equal(sanitize_attributes(&rules, &attributes, &arena), 3);
    struct text_buffer json = {0};
    attributes_append(&json, &attributes, SIZE_MAX);
    assert_string_equal(json.data, "{\"to\":{\"[MASKED]\":2,\"cc [MASKED]\":3}}");
    text_buffer_free(&json);
    sanitize_rules_clear(&rules);
    arena_clear(&arena);
}

static void test_a_long_secret_goes_whole(void **state)
{
    (void)state;
    char given[1024];
    snprintf(given, sizeof given, "token: %0*da, said bob", 700, 0);
    check_value(sanitize_default_rules(), given, "token: [MASKED], said bob", 1);
}

/* Would take minutes if each name looked at all that follows. */
static void test_long_texts_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *head, *part;
    } texts[] = {
        {"", "token:"},
        {"", "token=:"},
        {"", "token::"},
        {"", "token=$1::"},
        {"", "cookie:"},
        {"", "password '"},
        {"", "password '?a'b "},
        {"", "token =f("},
        {"", "token = f(\\"},
        {"", "token:'"},
        {"", "eyJ/"},
        {"", "4 "},
        {"", "://a"},
        {"\"token\":{", "\\"},
        {"a:", "@tcp("},
        {"", "("},
        {"", "values("},
        {"", "(pwd,"},
        {"", "(pwd)values(1,"},
        {"", "(pwd)values('"},
        {"", "(pwd)values(1)"},
        {"", "(pwd)values(("},
        {"(pwd)values(", "\\"},
        {"(pwd)values(", "$a$"},
        {"(pwd)values(1),", " \\n"},
        {"", "="},
        {"", "token !="},
        {"", "token <> "},
        {"", "token in ("},
        {"", "token in('"},
        {"token in(", "'a',"},
        {"", "in ("},
        {"", "token%3D"},
        {"token%3D", "%2"},
        {"", "token%3Da%26"},
        {"", "password for "},
        {"", "password for '"},
        {"", "password\n"},
        {"", "identified with "},
        {"", "cookie:a=\""},
        {"", "cookie:a=\"b\" "},
        {"", "token=\n"},
        {"", "authorization=basic "},
    };
    enum { LARGE = 1 << 20 };
    char *large = malloc(LARGE);
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        size_t head = strlen(texts[i].head);
        memcpy(large, texts[i].head, head);
        for (size_t at = head; at < LARGE; at++) {
            large[at] = texts[i].part[(at - head) % strlen(texts[i].part)];
        }
        struct text text = text_make(large, LARGE);
        sanitize_text(sanitize_default_rules(), &text, &arena);
    }
    free(large);
    arena_clear(&arena);
}

/* Each quote has one backslash more than the one before, so that none closes another. */
static void test_long_texts_of_quotes_that_do_not_close(void **state)
{
    (void)state;
    static const char *const parts[] = {"password ", "identified by ",    "identified with ",
                                        "token=",    "token in (",        "(pwd)values(",
                                        "token=f(",  "password for a = ", "cookie:a="};
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct text_buffer large = {0};
        for (size_t slashes = 0; large.length < 8 << 20; slashes++) {
            text_append_cstr(&large, parts[i]);
            for (size_t k = 0; k < slashes; k++) {
                text_append_char(&large, '\\');
            }
            text_append_cstr(&large, "\" ");
        }
        struct text text = text_buffer_text(&large);
        sanitize_text(sanitize_default_rules(), &text, &arena);
        text_buffer_free(&large);
    }
    arena_clear(&arena);
}

/* Names and values apart from each other, and numbers. */
static void test_headers_in_lists_and_card_numbers(void **state)
{
    (void)state;
    static const char *const raw[] = {"Accept", "*/*", "authorization", "x", "X-Auth-Token", "y"};
    struct arena arena = {0};
    struct attributes attributes = {0};
    struct value headers = value_list(&arena);
    for (size_t i = 0; i < ARRAY_LEN(raw); i++) {
        values_add(headers.list, &arena, value_string(text_from(raw[i])));
    }
    struct value fields = value_list(&arena); /* no headers: names of what changed */
    values_add(fields.list, &arena, value_string(TEXT("password")));
    values_add(fields.list, &arena, value_string(TEXT("email")));
    struct value member = value_map(&arena);
    attributes_add(member.map, &arena, TEXT("name"), value_string(TEXT("Cookie")));
    attributes_add(member.map, &arena, TEXT("value"), value_string(TEXT("sid")));
    struct value members = value_list(&arena);
    values_add(members.list, &arena, member);
    attributes_add(&attributes, &arena, TEXT("raw"), headers);
    attributes_add(&attributes, &arena, TEXT("changed"), fields);
    attributes_add(&attributes, &arena, TEXT("headers"), members);
    attributes_add(&attributes, &arena, TEXT("number"), value_int(4111111111111111));
    attributes_add(&attributes, &arena, TEXT("at"), value_int(1766012345678901234));
    assert_int_equal(sanitize_attributes(sanitize_default_rules(), &attributes, &arena), 4);
    struct text_buffer json = {0};
    attributes_append(&json, &attributes, SIZE_MAX);
    assert_string_equal(json.data,
                        "{\"raw\":[\"Accept\",\"*/*\",\"authorization\",\"[MASKED]\","
                        "\"X-Auth-Token\",\"[MASKED]\"],\"changed\":[\"password\",\"email\"],"
                        "\"headers\":[{\"name\":\"Cookie\",\"value\":\"[MASKED]\"}],"
                        "\"number\":\"[MASKED]\",\"at\":1766012345678901234}");
    text_buffer_free(&json);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_secrets),
        cmocka_unit_test(test_more_keys_and_the_off_switch),
        cmocka_unit_test(test_expressions_of_the_user),
        cmocka_unit_test(test_wrong_rules_are_refused_with_the_reason),
        cmocka_unit_test(test_values_that_give_themselves_away),
        cmocka_unit_test(test_rows_under_the_names_of_their_columns),
        cmocka_unit_test(test_sql_and_parameters),
        cmocka_unit_test(test_secrets_deep_inside),
        cmocka_unit_test(test_keys_that_an_expression_of_the_user_matches),
        cmocka_unit_test(test_a_long_secret_goes_whole),
        cmocka_unit_test(test_long_texts_of_names),
        cmocka_unit_test(test_long_texts_of_quotes_that_do_not_close),
        cmocka_unit_test(test_headers_in_lists_and_card_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
