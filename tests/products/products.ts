import { ENTRA_ROWS } from "./entra_rows.ts";
import { GATEWAY_ROWS } from "./gateway_rows.ts";
import { IDENTITY_ROWS } from "./identity_rows.ts";
import type { Product } from "./product.ts";
import { PROJECT_ROWS } from "./project_rows.ts";
import { REPORTED_ROWS } from "./reported_rows.ts";
import { SERVICE_ROWS } from "./service_rows.ts";
import { SETTING_ROWS } from "./setting_rows.ts";

export const PRODUCTS: readonly Product[] = [
  ...ENTRA_ROWS,
  ...IDENTITY_ROWS,
  ...SERVICE_ROWS,
  ...GATEWAY_ROWS,
  ...PROJECT_ROWS,
  ...REPORTED_ROWS,
  ...SETTING_ROWS,
];
