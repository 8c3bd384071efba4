"""A server of the Python SDK with a provider in memory. Arguments: port, its origin, token seconds."""

import secrets
import sys
import time

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizeError,
    RefreshToken,
    TokenError,
    construct_redirect_uri,
)
from mcp.server.auth.settings import (
    AuthSettings,
    ClientRegistrationOptions,
    RevocationOptions,
)
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthToken

PORT, ORIGIN, SECONDS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
RESOURCE = f"{ORIGIN}/mcp"
SCOPES = ["mcp:tools"]


class Grant:
    def __init__(self):
        self.tokens = set()


class Provider:
    def __init__(self):
        self.clients, self.codes, self.tokens, self.refresh = {}, {}, {}, {}
        self.grants, self.used = {}, {}

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client):
        self.clients[client.client_id] = client

    async def authorize(self, client, params):
        if params.resource not in (None, RESOURCE):
            raise AuthorizeError("invalid_target", "unknown resource")
        value = secrets.token_urlsafe(32)
        self.codes[value] = AuthorizationCode(
            code=value,
            scopes=params.scopes or SCOPES,
            expires_at=time.time() + 60,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
            subject="person",
        )
        self.grants[value] = Grant()
        return construct_redirect_uri(
            str(params.redirect_uri), code=value, state=params.state
        )

    async def load_authorization_code(self, client, value):
        if value in self.used and self.used[value] == client.client_id:
            self.end(self.grants[value])
        return self.codes.get(value)

    async def exchange_authorization_code(self, client, code):
        del self.codes[code.code]
        self.used[code.code] = client.client_id
        return self.issue(self.grants[code.code], code, code.scopes)

    def issue(self, grant, source, scopes):
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        common = dict(
            client_id=source.client_id, resource=source.resource, subject="person"
        )
        self.tokens[access] = AccessToken(
            token=access, scopes=scopes, expires_at=int(time.time()) + SECONDS, **common
        )
        self.refresh[refresh] = RefreshToken(token=refresh, scopes=source.scopes, **common)
        for value in (access, refresh):
            self.grants[value] = grant
            grant.tokens.add(value)
        return OAuthToken(
            access_token=access,
            token_type="Bearer",
            expires_in=SECONDS,
            scope=" ".join(scopes),
            refresh_token=refresh,
        )

    def end(self, grant):
        for value in grant.tokens:
            self.tokens.pop(value, None)
            self.refresh.pop(value, None)

    async def load_refresh_token(self, client, value):
        if self.used.get(value) == client.client_id:
            self.end(self.grants[value])
        return self.refresh.get(value)

    async def exchange_refresh_token(self, client, token, scopes):
        if token.client_id != client.client_id:
            raise TokenError("invalid_grant", "a token of another client")
        del self.refresh[token.token]
        self.used[token.token] = client.client_id
        return self.issue(self.grants[token.token], token, scopes or token.scopes)

    async def load_access_token(self, value):
        return self.tokens.get(value)

    async def revoke_token(self, token):
        if isinstance(token, RefreshToken):
            self.end(self.grants[token.token])
        self.tokens.pop(token.token, None)


server = MCPServer(
    "python-sdk",
    auth_server_provider=Provider(),
    auth=AuthSettings(
        issuer_url=ORIGIN,
        resource_server_url=RESOURCE,
        validate_token_resource=True,
        required_scopes=SCOPES,
        client_registration_options=ClientRegistrationOptions(
            enabled=True, valid_scopes=SCOPES, default_scopes=SCOPES
        ),
        revocation_options=RevocationOptions(enabled=True),
    ),
)


@server.tool()
def echo(message: str = "hello") -> str:
    return message


server.run("streamable-http", host="127.0.0.1", port=PORT)
