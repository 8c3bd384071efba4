interface Stream {
  destroy(error?: Error): void;
}

interface ClientConfig {
  readonly user: string;
  readonly database: string;
  readonly host: string;
  readonly port: number;
  readonly ssl: false;
  readonly password: () => string;
  readonly stream: () => object;
  readonly types: { getTypeParser(): (value: string) => string };
}

export default class Client {
  constructor(config: ClientConfig);
  readonly connection: { readonly stream: Stream };
  getStartupConf: () => Readonly<Record<string, string>>;
  connect(): Promise<unknown>;
  query(
    sql: string,
    values: readonly (string | number | null)[],
  ): Promise<
    { readonly rows: readonly Readonly<Record<string, string | null>>[] } | readonly object[]
  >;
  end(): Promise<void>;
  on(event: "error" | "end", listener: (error?: Error) => void): void;
}
